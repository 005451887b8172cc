//! A request on its way to the wire: which form it takes at this provider, its address, its bytes.
//!
//! The bytes are made here, once: what is shown before sending is what is sent.

use base::model::{ReplyShape, Request};
use reqwest::Url;
use serde_json::Value;

use crate::failure::Extra;
use crate::{Api, anthropic, gemini, ollama, openai};

/// How a request is put for one provider and model.
pub(crate) struct Shape<'a> {
    /// The system text, with the schema in words where the provider does not hold the model to it.
    pub(crate) system: String,
    /// Name and schema that the provider holds the model to.
    pub(crate) schema: Option<(&'a str, &'a Value)>,
    pub(crate) stream_usage: bool,
    pub(crate) completion_tokens: bool,
    pub(crate) cache_key: bool,
    pub(crate) cache_control: bool,
    pub(crate) context_tokens: u32,
}

impl<'a> Shape<'a> {
    /// The form for this provider, `without` what its server was seen to refuse.
    pub(crate) fn new(
        api: Api,
        base: &Url,
        request: &'a Request,
        context_tokens: u32,
        without: &[Extra],
    ) -> Self {
        let model = request.model.model.as_str();
        let with = |extra: Extra| !without.contains(&extra);
        let mut system = request.system.as_str().to_owned();
        let schema = match &request.reply {
            ReplyShape::Text => None,
            ReplyShape::Json { name, schema } => {
                let held = with(Extra::Schema)
                    && structured(api, base, model)
                    && (request.tools.is_empty() || !tools_or_schema(api));
                if !held {
                    system.push_str(&in_words(schema));
                }
                held.then_some((name.as_str(), schema))
            }
        };
        let openai_itself = api == Api::OpenAi
            && base.host_str().is_some_and(|host| {
                host == "api.openai.com" || host.ends_with(".openai.azure.com")
            });
        Self {
            system,
            schema,
            stream_usage: with(Extra::StreamUsage),
            completion_tokens: openai_itself && with(Extra::CompletionTokens),
            cache_key: openai_itself && with(Extra::CacheKey),
            cache_control: with(Extra::CacheControl),
            context_tokens,
        }
    }
}

fn in_words(schema: &Value) -> String {
    format!(
        "\n\nAnswer with a single JSON value and nothing else: no explanation, no code fence. It must match this JSON Schema:\n{schema}\n"
    )
}

/// These cannot call tools while a schema binds them.
fn tools_or_schema(api: Api) -> bool {
    matches!(api, Api::Gemini | Api::Ollama)
}

/// Whether the provider holds this model to a schema; where that is not known, we try.
pub(crate) fn structured(api: Api, base: &Url, model: &str) -> bool {
    let older = |beginnings: &[&str]| {
        beginnings
            .iter()
            .any(|beginning| model.starts_with(beginning))
    };
    match api {
        Api::Anthropic => !older(&[
            "claude-2",
            "claude-3",
            "claude-instant",
            "claude-sonnet-4-0",
            "claude-sonnet-4-2",
            "claude-opus-4-0",
            "claude-opus-4-2",
        ]),
        Api::OpenAi => {
            model != "gpt-4"
                && !older(&["gpt-3.5", "gpt-4-", "o1-mini", "o1-preview"])
                && base.host_str() != Some("api.deepseek.com")
        }
        Api::Gemini | Api::Ollama => true,
    }
}

/// The address of a request.
pub(crate) fn address(api: Api, base: &Url, model: &str) -> Result<Url, &'static str> {
    let mut url = base.clone();
    let path = base.path().trim_end_matches('/').to_owned();
    let versioned = path.rsplit('/').next().is_some_and(|last| {
        last.starts_with('v') && last.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
    });
    {
        let mut segments = url
            .path_segments_mut()
            .map_err(|()| "is no address of a server")?;
        segments.pop_if_empty();
        match api {
            Api::Anthropic if versioned => segments.push("messages"),
            Api::Anthropic => segments.extend(["v1", "messages"]),
            // Many servers have other paths than `/v1`; a base without any path means the usual one.
            Api::OpenAi if path.is_empty() => segments.extend(["v1", "chat", "completions"]),
            Api::OpenAi => segments.extend(["chat", "completions"]),
            Api::Gemini => {
                if !versioned {
                    segments.push("v1beta");
                }
                if !model.starts_with("models/") && !model.starts_with("tunedModels/") {
                    segments.push("models");
                }
                let call = format!("{model}:streamGenerateContent");
                if call.split('/').any(|part| matches!(part, "" | "." | "..")) {
                    return Err("has no model of this name");
                }
                segments.extend(call.split('/'))
            }
            Api::Ollama => segments.extend(["api", "chat"]),
        };
    }
    if api == Api::Gemini {
        url.set_query(Some("alt=sse"));
    }
    Ok(url)
}

/// The body of a request.
pub(crate) fn body(api: Api, request: &Request, shape: &Shape) -> Vec<u8> {
    let body = match api {
        Api::Anthropic => anthropic::body(request, shape),
        Api::OpenAi => openai::body(request, shape),
        Api::Gemini => gemini::body(request, shape),
        Api::Ollama => ollama::body(request, shape),
    };
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::address;
    use crate::{Api, origin};

    #[test]
    fn addresses_are_put_together() {
        let check = |api: Api, base: &str, model: &str, expected: &str| {
            let base = origin::base(base, false).expect("a base");
            let url = address(api, &base, model).expect("an address");
            assert_eq!(url.as_str(), expected);
        };
        let x = "https://x.example";
        check(Api::Anthropic, x, "m", "https://x.example/v1/messages");
        check(
            Api::Anthropic,
            "https://x.example/v1/",
            "m",
            "https://x.example/v1/messages",
        );
        check(Api::OpenAi, x, "m", "https://x.example/v1/chat/completions");
        check(
            Api::OpenAi,
            "https://x.example/api/v1",
            "a/b:free",
            "https://x.example/api/v1/chat/completions",
        );
        check(
            Api::OpenAi,
            "https://x.example/v1beta/openai/",
            "m",
            "https://x.example/v1beta/openai/chat/completions",
        );
        check(
            Api::Ollama,
            "http://localhost:11434",
            "m",
            "http://localhost:11434/api/chat",
        );
        for (model, path) in [
            ("m", "models/m"),
            ("models/m", "models/m"),
            ("tunedModels/m", "tunedModels/m"),
            ("a?key=b#c d", "models/a%3Fkey=b%23c%20d"),
            ("a%2F..%2Fb", "models/a%252F..%252Fb"),
        ] {
            let expected = format!("https://x.example/v1beta/{path}:streamGenerateContent?alt=sse");
            check(Api::Gemini, x, model, &expected);
            check(Api::Gemini, "https://x.example/v1beta", model, &expected);
        }
    }

    /// A model's name stays below the place where models are.
    #[test]
    fn a_models_name_cannot_leave_its_place() {
        let base = origin::base("https://x.example", false).expect("a base");
        for model in ["../x", "a/../../b", "a/./b", "a//b", "models/../x", "/x"] {
            assert!(address(Api::Gemini, &base, model).is_err(), "{model}");
        }
        let url = address(Api::Gemini, &base, "a\\..\\b\n\u{0}@evil.example").expect("an address");
        assert_eq!(url.host_str(), Some("x.example"));
        assert!(url.path().starts_with("/v1beta/models/a%5C..%5Cb"), "{url}");
    }
}
