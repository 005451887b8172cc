//! What went wrong with one attempt, and whether another one is worth it.
//!
//! Servers say it in four dialects, with a status or in the middle of a stream. What they wrote is read here and then
//! forgotten: a user is shown our own words, because servers quote prompts and keys. Only where we do not understand a
//! refusal, a short excerpt is shown, and not if it holds anything of what was sent.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use base::ModelFault;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{Api, Secret};

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Again {
    /// It would end the same way.
    No,
    /// After a pause of our own.
    Yes,
    /// Not before this.
    After(Duration),
    /// At once, without something that this server does not know.
    Without(Extra),
}

/// Parts of a request that not every server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Extra {
    /// A schema that the server holds the model to.
    Schema,
    /// Token counts in a stream.
    StreamUsage,
    /// OpenAI's newer name for the limit of output tokens.
    CompletionTokens,
    /// The key that keeps requests with a common beginning together.
    CacheKey,
    /// Marks of what is worth a place in the cache.
    CacheControl,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) fault: ModelFault,
    /// What the provider did, to be read after its name: `refused the key (401)`.
    pub(crate) what: String,
    pub(crate) again: Again,
    /// Whether it counts against the provider's health.
    pub(crate) ill: bool,
}

impl Failure {
    pub(crate) fn new(fault: ModelFault, what: impl Into<String>, again: Again) -> Self {
        let ill = matches!(
            fault,
            ModelFault::Unreachable
                | ModelFault::Limited
                | ModelFault::Overloaded
                | ModelFault::Incomplete
                | ModelFault::Malformed
                | ModelFault::TimedOut
        );
        Self {
            fault,
            what: what.into(),
            again,
            ill,
        }
    }

    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::new(ModelFault::Malformed, what, Again::Yes)
    }

    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self::new(ModelFault::Incomplete, what, Again::Yes)
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(ModelFault::Refused, what, Again::No)
    }
}

/// What must not be shown: the key, and the texts of the prompt.
#[derive(Clone, Copy)]
pub(crate) struct Hidden<'a> {
    pub(crate) key: Option<&'a Secret>,
    pub(crate) texts: &'a [&'a str],
}

/// What a server said about a failure: words of a known vocabulary, and prose.
#[derive(Default)]
struct Said {
    status: Option<u16>,
    words: Vec<String>,
    prose: String,
    wait: Option<Duration>,
}

impl Said {
    fn is(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    fn tells(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.prose.contains(part))
    }

    fn status(&self, of: &[u16]) -> bool {
        self.status.is_some_and(|status| of.contains(&status))
    }

    fn code(&self) -> String {
        self.status
            .map_or(String::new(), |status| format!(" ({status})"))
    }
}

/// A status other than success.
pub(crate) fn of_status(
    api: Api,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    hidden: Hidden,
) -> Failure {
    if (300..400).contains(&status) {
        let what = format!(
            "answers with a redirect ({status}), which is not followed; set `base_url` to the final address"
        );
        return Failure::new(ModelFault::Unreachable, what, Again::No);
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    // Some servers send a list with one error in it.
    let value = match &value {
        Value::Array(items) => items.first().cloned().unwrap_or_default(),
        _ => value,
    };
    let mut said = Said::default();
    let explained = read(&value, &mut said);
    said.status = Some(status);
    if let Some(wait) = retry_after(headers, SystemTime::now()) {
        said.wait = Some(wait);
    }
    if status == 404 && !explained {
        let what = "has nothing at this address (404); check `base_url`";
        return Failure::new(ModelFault::NotConfigured, what, Again::No);
    }
    let mut failure = understand(api, &said, hidden);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (header("x-should-retry"), failure.again) {
        (Some("false"), Again::Yes | Again::After(_)) => failure.again = Again::No,
        (Some("true"), Again::No) => failure.again = Again::Yes,
        _ => {}
    }
    failure
}

/// An error in the middle of a stream, or in a body that came with success; `None` where the value is none.
pub(crate) fn of_event(api: Api, value: &Value, hidden: Hidden) -> Option<Failure> {
    let is_error = value.get("error").is_some_and(|error| !error.is_null());
    if !is_error {
        return None;
    }
    let mut said = Said::default();
    read(value, &mut said);
    Some(understand(api, &said, hidden))
}

/// Takes down what an error says; whether it is one in a form that we know.
fn read(value: &Value, said: &mut Said) -> bool {
    let error = value.get("error").unwrap_or(value);
    if let Some(text) = error.as_str() {
        said.prose = text.to_ascii_lowercase();
        return true;
    }
    for name in ["type", "code", "status"] {
        match error.get(name) {
            Some(Value::String(word)) => said.words.push(word.to_ascii_lowercase()),
            Some(Value::Number(number)) => {
                said.status = number.as_u64().and_then(|code| u16::try_from(code).ok());
            }
            _ => {}
        }
    }
    for detail in error
        .get("details")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(reason) = detail.get("reason").and_then(Value::as_str) {
            said.words.push(reason.to_ascii_lowercase());
        }
        if let Some(delay) = detail.get("retryDelay").and_then(Value::as_str) {
            said.wait = delay.strip_suffix('s').and_then(seconds);
        }
        let violations = detail.get("violations").and_then(Value::as_array);
        for violation in violations.into_iter().flatten() {
            let quota = violation
                .get("quotaId")
                .and_then(Value::as_str)
                .unwrap_or("");
            if quota.contains("PerDay") {
                said.words.push("quota_per_day".to_owned());
            }
        }
    }
    let prose = error.get("message").and_then(Value::as_str).unwrap_or("");
    said.prose = prose.chars().take(2_000).collect::<String>();
    said.prose.make_ascii_lowercase();
    error.get("message").is_some() || !said.words.is_empty()
}

fn understand(api: Api, said: &Said, hidden: Hidden) -> Failure {
    let code = said.code();
    let pause = said.wait.map_or(Again::Yes, Again::After);
    // Google says "check your plan and billing" for every limit, so there only the limit's name counts.
    let spent = said.is(&[
        "insufficient_quota",
        "billing_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "quota_per_day",
    ]) || said.status(&[402])
        || said.tells(&["credit balance is too low", "api usage limits"]);
    if spent {
        let what = format!("says that the account's quota or credit is used up{code}");
        return Failure::new(ModelFault::QuotaUsedUp, what, Again::No);
    }
    let long = said.is(&["context_length_exceeded", "request_too_large"])
        || said.status(&[413])
        || said.tells(&[
            "prompt is too long",
            "maximum context length",
            "context length",
            "context window",
            "input token count",
            "context size",
        ]);
    if long {
        let what = format!("says that the prompt is too long for the model{code}");
        return Failure::new(ModelFault::TooLong, what, Again::No);
    }
    let key = said.is(&[
        "authentication_error",
        "invalid_api_key",
        "api_key_invalid",
        "permission_error",
        "unauthenticated",
        "permission_denied",
    ]) || said.status(&[401, 403]);
    if key {
        let what = format!("refused the key{code}");
        return Failure::new(ModelFault::Unauthorized, what, Again::No);
    }
    let unknown = said.is(&["model_not_found", "not_found_error", "not_found"])
        || said.status(&[404])
        || (api == Api::Ollama && said.tells(&["not found"]));
    if unknown {
        let what = format!("does not know this model{code}");
        return Failure::new(ModelFault::UnknownModel, what, Again::No);
    }
    if said.is(&[
        "rate_limit_error",
        "rate_limit_exceeded",
        "resource_exhausted",
    ]) || said.status(&[429])
        || said.tells(&["rate limit"])
    {
        let what = format!("has had too many requests{code}");
        return Failure::new(ModelFault::Limited, what, pause);
    }
    if let Some(extra) = unknown_extra(said) {
        let what = format!("does not accept a part of the request{code}");
        return Failure::new(ModelFault::NotConfigured, what, Again::Without(extra));
    }
    if said.is(&["content_filter", "content_policy_violation"]) {
        return Failure::refused(format!("refused to answer: its filter objects{code}"));
    }
    if said.status(&[407]) {
        let what = "cannot be reached: the proxy wants a name and a password (407)";
        return Failure::new(ModelFault::Unreachable, what, Again::No);
    }
    let broken = said.is(&[
        "overloaded_error",
        "api_error",
        "timeout_error",
        "server_error",
        "internal_server_error",
        "unavailable",
        "internal",
        "deadline_exceeded",
    ]) || said
        .status
        .is_some_and(|status| status >= 500 || status == 408 || status == 409)
        // Ollama has no words for kinds of errors: in a stream each is its own fault.
        || said.status.is_none();
    if broken {
        let what = format!("is overloaded or broken{code}");
        return Failure::new(ModelFault::Overloaded, what, pause);
    }
    let what = match excerpt(&said.prose, hidden) {
        Some(excerpt) => format!("did not accept the request{code}: {excerpt}"),
        None => format!("did not accept the request{code}"),
    };
    Failure::new(ModelFault::NotConfigured, what, Again::No)
}

/// Which part of the request a refusal names.
fn unknown_extra(said: &Said) -> Option<Extra> {
    if !said.status(&[400, 422, 501]) && !said.is(&["invalid_request_error"]) {
        return None;
    }
    let names: [(&[&str], Extra); 5] = [
        (&["stream_options", "include_usage"], Extra::StreamUsage),
        (&["max_completion_tokens"], Extra::CompletionTokens),
        (&["prompt_cache_key"], Extra::CacheKey),
        (&["cache_control"], Extra::CacheControl),
        (
            &[
                "response_format",
                "json_schema",
                "output_config",
                "output_format",
                "structured output",
                "responsejsonschema",
                "response_json_schema",
                "responsemimetype",
                "response mime type",
                "response_mime_type",
                "invalid schema",
                "grammar",
            ],
            Extra::Schema,
        ),
    ];
    names
        .iter()
        .find(|(words, _)| said.tells(words))
        .map(|(_, extra)| *extra)
}

/// A short piece of a server's own words, without anything that was sent to it.
fn excerpt(prose: &str, hidden: Hidden) -> Option<String> {
    let clean: String = prose
        .chars()
        .map(|c| {
            if c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c) {
                ' '
            } else {
                c
            }
        })
        .filter(char::is_ascii)
        .take(120)
        .collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // Letters and digits alone are compared: however a server escapes or wraps what it quotes, these stay.
    let letters = |text: &str| -> Vec<u8> {
        let bytes = text.bytes().filter(u8::is_ascii_alphanumeric);
        bytes.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let said = letters(&clean);
    let quoted = hidden.texts.iter().any(|text| {
        let sent = letters(text);
        let places: HashSet<&[u8]> = said.windows(10).collect();
        sent.windows(10).any(|window| places.contains(window))
    });
    // Long words are ids, tokens or keys, cut as they may be.
    let long = clean.split(' ').any(|word| word.len() > 24);
    let key = hidden.key.is_some_and(|key| key.is_in(&clean));
    (!clean.is_empty() && !quoted && !long && !key).then_some(clean)
}

/// How long the server asks us to wait: milliseconds, seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(wait) = header("retry-after-ms").and_then(seconds) {
        return Some(wait / 1000);
    }
    let text = header("retry-after")?;
    if let Some(wait) = seconds(text) {
        return Some(wait);
    }
    // The server's own clock, where it tells it: ours may be wrong.
    let date = |text: &str| httpdate::parse_http_date(text.trim()).ok();
    let now = header("date").and_then(date).unwrap_or(now);
    date(text).map(|then| then.duration_since(now).unwrap_or_default())
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::{Again, Extra, Hidden, excerpt, of_status, retry_after};
    use crate::{Api, Secret};
    use base::ModelFault;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use std::time::{Duration, SystemTime};

    const NOTHING: Hidden = Hidden {
        key: None,
        texts: &[],
    };

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn waits_are_read_in_every_form() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |pairs: &[(&'static str, &'static str)]| retry_after(&headers(pairs), now);
        assert_eq!(
            wait(&[
                ("retry-after", "Thu, 29 Feb 2024 00:00:00 GMT"),
                ("date", "Wed, 28 Feb 2024 23:59:00 GMT")
            ]),
            Some(Duration::from_secs(60))
        );
        assert_eq!(wait(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
        assert_eq!(
            wait(&[("retry-after", "0.25")]),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            wait(&[("retry-after-ms", "1500"), ("retry-after", "9")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]),
            Some(Duration::from_secs(3))
        );
        assert_eq!(
            wait(&[
                ("retry-after", "Sun, 06 Nov 1994 10:00:00 GMT"),
                ("date", "Sun, 06 Nov 1994 09:59:00 GMT")
            ]),
            Some(Duration::from_secs(60))
        );
        for bad in [
            "",
            "soon",
            "-1",
            "NaN",
            "inf",
            "1e400",
            "Sun, 99 Foo 1994",
            "Sun, 06 Nov 0000 08:49:37 GMT",
        ] {
            let map = [(
                HeaderName::from_static("retry-after"),
                HeaderValue::from_static(bad),
            )];
            assert_eq!(retry_after(&map.into_iter().collect(), now), None, "{bad}");
        }
    }

    #[test]
    fn refusals_are_understood() {
        use Api::{Anthropic, Gemini, Ollama, OpenAi};
        use ModelFault::{
            Limited, NotConfigured, Overloaded, QuotaUsedUp, TooLong, Unauthorized, UnknownModel,
            Unreachable,
        };
        let cases: &[(Api, u16, &str, ModelFault)] = &[
            (
                Anthropic,
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
                QuotaUsedUp,
            ),
            (
                Anthropic,
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1 maximum"}}"#,
                TooLong,
            ),
            (
                Anthropic,
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                Overloaded,
            ),
            (Anthropic, 413, "", TooLong),
            (
                OpenAi,
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                QuotaUsedUp,
            ),
            (
                OpenAi,
                429,
                r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
                Limited,
            ),
            (
                OpenAi,
                402,
                r#"{"error":{"message":"Insufficient Balance"}}"#,
                QuotaUsedUp,
            ),
            (
                OpenAi,
                404,
                r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
                UnknownModel,
            ),
            (OpenAi, 404, "<html>nothing here</html>", NotConfigured),
            (
                OpenAi,
                502,
                r#"{"error":{"message":"upstream","code":502}}"#,
                Overloaded,
            ),
            (OpenAi, 408, "", Overloaded),
            (OpenAi, 407, "", Unreachable),
            (
                OpenAi,
                400,
                r#"{"error":{"message":"temperature must be 1","type":"invalid_request_error"}}"#,
                NotConfigured,
            ),
            (
                Gemini,
                400,
                r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
                Unauthorized,
            ),
            (
                Gemini,
                429,
                r#"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProject"}]},{"retryDelay":"7s"}]}}"#,
                Limited,
            ),
            (
                Gemini,
                429,
                r#"{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"RequestsPerDayPerProject"}]}]}}"#,
                QuotaUsedUp,
            ),
            (
                Ollama,
                404,
                r#"{"error":"model 'x' not found"}"#,
                UnknownModel,
            ),
            (
                Ollama,
                500,
                r#"{"error":"llama runner process has terminated"}"#,
                Overloaded,
            ),
        ];
        for (api, status, body, fault) in cases {
            let failure = of_status(*api, *status, &headers(&[]), body.as_bytes(), NOTHING);
            assert_eq!(failure.fault, *fault, "{status} {body}: {failure:?}");
        }
        let gemini = of_status(Gemini, 429, &headers(&[]), cases[14].2.as_bytes(), NOTHING);
        assert_eq!(gemini.again, Again::After(Duration::from_secs(7)));
        let told = of_status(
            OpenAi,
            500,
            &headers(&[("x-should-retry", "false")]),
            b"",
            NOTHING,
        );
        assert_eq!(told.again, Again::No);
        let schema = r#"{"error":{"message":"'response_format' of type 'json_schema' is not supported","type":"invalid_request_error"}}"#;
        let failure = of_status(OpenAi, 400, &headers(&[]), schema.as_bytes(), NOTHING);
        assert_eq!(failure.again, Again::Without(Extra::Schema));
    }

    #[test]
    fn an_excerpt_shows_nothing_that_was_sent() {
        let key = Secret::new("Sk-Canary");
        let hidden = Hidden {
            key: key.as_ref(),
            texts: &["You review.", "fn transfer(\n    amount: u64)"],
        };
        assert_eq!(
            excerpt("temperature must be 1\u{1b}[31m", hidden).as_deref(),
            Some("temperature must be 1 [31m")
        );
        for bad in [
            "",
            "bad key sk-canary",
            "cannot read fn transfer(\\n amount",
            "f.n-t.r-a.n-s.f-e.r",
            "id 0123456789abcdef0123456789",
            "\u{0}\u{7}",
        ] {
            assert_eq!(excerpt(bad, hidden), None, "{bad}");
        }
    }
}
