//! Secrets told by what they are assigned to: `DATADOG_API_KEY = "…"`, `password: "…"`.
//!
//! A word from the list must stand in the key (not anywhere on the line), an assignment must follow, and the value must
//! either have the vendor's format or look random. Passwords are the weakest kind and asked the most.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base::Severity;

use super::placeholder::{
    entropy, hides_placeholder, is_code, is_digest, is_innocent_key, is_placeholder, is_reference,
    looks_random,
};
use super::{Hit, hit};

/// A vendor whose keys have no prefix, with the format of its values.
pub(super) struct Vendor {
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    /// Lower-case words, all of which must be in the key.
    pub(super) key: &'static [&'static str],
    format: Format,
}

#[derive(Clone, Copy)]
enum Format {
    /// Lower-case hexadecimal of one of these lengths.
    Hex(&'static [usize]),
    /// Letters and digits of one of these lengths.
    Alphanumeric(&'static [usize]),
    /// Letters, digits and `-_+/=.~` in this range of lengths.
    Token(usize, usize),
    /// A UUID.
    Uuid,
}

const fn vendor(
    id: &'static str,
    what: &'static str,
    key: &'static [&'static str],
    format: Format,
) -> Vendor {
    Vendor {
        id,
        what,
        key,
        format,
    }
}

use Format::{Alphanumeric, Hex, Token, Uuid};

#[rustfmt::skip] // one row a line: a table to be read and compared
pub(super) const VENDORS: &[Vendor] = &[
    vendor("aws-secret-access-key", "AWS secret access key", &["aws", "secret"], Token(40, 40)),
    vendor("aws-session-token", "AWS session token", &["aws", "session", "token"], Token(100, 2000)),
    vendor("algolia-admin-key", "Algolia admin API key", &["algolia", "admin"], Hex(&[32])),
    vendor("asana-token", "Asana access token", &["asana", "token"], Token(32, 60)),
    vendor("auth0-client-secret", "Auth0 client secret", &["auth0", "secret"], Token(64, 64)),
    vendor("azure-openai-key", "Azure OpenAI key", &["azure", "openai", "key"], Alphanumeric(&[32, 84])),
    vendor("bitly-token", "Bitly access token", &["bitly"], Alphanumeric(&[40])),
    vendor("cloudflare-api-token", "Cloudflare API token", &["cloudflare", "token"], Token(40, 40)),
    vendor("cloudflare-global-key", "Cloudflare global API key", &["cloudflare", "key"], Hex(&[37])),
    vendor("codecov-token", "Codecov upload token", &["codecov", "token"], Uuid),
    vendor("cohere-api-key", "Cohere API key", &["cohere", "key"], Alphanumeric(&[40])),
    vendor("coinbase-secret", "Coinbase API secret", &["coinbase", "secret"], Token(32, 90)),
    vendor("confluent-secret", "Confluent API secret", &["confluent", "secret"], Token(64, 64)),
    vendor("datadog-api-key", "Datadog API key", &["datadog", "key"], Hex(&[32, 40])),
    vendor("datadog-dd-key", "Datadog API key", &["dd_", "key"], Hex(&[32, 40])),
    vendor("deepgram-api-key", "Deepgram API key", &["deepgram"], Hex(&[40])),
    vendor("deepseek-api-key", "DeepSeek API key", &["deepseek"], Token(35, 35)),
    vendor("discord-bot-token", "Discord bot token", &["discord", "token"], Token(58, 74)),
    vendor("discord-client-secret", "Discord client secret", &["discord", "secret"], Token(32, 32)),
    vendor("etsy-api-key", "Etsy API key", &["etsy", "key"], Alphanumeric(&[24])),
    vendor("facebook-app-secret", "Facebook app secret", &["facebook", "secret"], Hex(&[32])),
    vendor("fastly-api-token", "Fastly API token", &["fastly"], Token(32, 32)),
    vendor("github-client-secret", "GitHub OAuth client secret", &["github", "secret"], Hex(&[40])),
    vendor("heroku-legacy-api-key", "Heroku API key", &["heroku", "key"], Uuid),
    vendor("intercom-token", "Intercom access token", &["intercom", "token"], Token(60, 60)),
    vendor("kraken-secret", "Kraken API secret", &["kraken", "secret"], Token(80, 90)),
    vendor("linkedin-client-secret", "LinkedIn client secret", &["linkedin", "secret"], Token(16, 32)),
    vendor("mailgun-signing-key", "Mailgun signing key", &["mailgun", "key"], Token(32, 50)),
    vendor("mattermost-token", "Mattermost access token", &["mattermost", "token"], Alphanumeric(&[26])),
    vendor("messagebird-key", "MessageBird API key", &["messagebird"], Alphanumeric(&[25])),
    vendor("mistral-api-key", "Mistral API key", &["mistral", "key"], Alphanumeric(&[32])),
    vendor("mongodb-atlas-key", "MongoDB Atlas private key", &["atlas", "key"], Uuid),
    vendor("okta-api-token", "Okta API token", &["okta", "token"], Token(42, 42)),
    vendor("opsgenie-api-key", "Opsgenie API key", &["opsgenie"], Uuid),
    vendor("pagerduty-token", "PagerDuty API token", &["pagerduty"], Token(20, 20)),
    vendor("paypal-client-secret", "PayPal client secret", &["paypal", "secret"], Token(80, 80)),
    vendor("postmark-server-token", "Postmark server token", &["postmark"], Uuid),
    vendor("pusher-secret", "Pusher app secret", &["pusher", "secret"], Hex(&[20])),
    vendor("reddit-client-secret", "Reddit client secret", &["reddit", "secret"], Token(27, 30)),
    vendor("rollbar-token", "Rollbar access token", &["rollbar", "token"], Hex(&[32])),
    vendor("salesforce-secret", "Salesforce consumer secret", &["salesforce", "secret"], Alphanumeric(&[64])),
    vendor("sauce-access-key", "Sauce Labs access key", &["sauce", "key"], Uuid),
    vendor("sentry-legacy-token", "Sentry auth token", &["sentry", "token"], Hex(&[64])),
    vendor("snyk-token", "Snyk API token", &["snyk", "token"], Uuid),
    vendor("splunk-token", "Splunk HEC token", &["splunk", "token"], Uuid),
    vendor("spotify-client-secret", "Spotify client secret", &["spotify", "secret"], Hex(&[32])),
    vendor("sumologic-access-key", "Sumo Logic access key", &["sumo", "key"], Alphanumeric(&[64])),
    vendor("travis-token", "Travis CI token", &["travis", "token"], Token(22, 22)),
    vendor("trello-token", "Trello token", &["trello", "token"], Token(64, 76)),
    vendor("twilio-auth-token", "Twilio auth token", &["twilio", "token"], Hex(&[32])),
    vendor("twitch-client-secret", "Twitch client secret", &["twitch", "secret"], Alphanumeric(&[30])),
    vendor("twitter-api-secret", "X (Twitter) API secret", &["twitter", "secret"], Alphanumeric(&[45, 50])),
    vendor("vault-legacy-token", "HashiCorp Vault token", &["vault", "token"], Token(26, 26)),
    vendor("wandb-api-key", "Weights & Biases API key", &["wandb"], Hex(&[40])),
    vendor("zendesk-token", "Zendesk API token", &["zendesk"], Alphanumeric(&[40])),
    vendor("zoom-secret", "Zoom client secret", &["zoom", "secret"], Alphanumeric(&[32])),
];

/// Words in a key that make a random value a secret even without a vendor.
const GENERIC: &[&str] = &[
    "secret",
    "token",
    "passw",
    "pwd",
    "passphrase",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "privatekey",
    "private_key",
    "private-key",
    "authkey",
    "auth_key",
    "encryption_key",
    "encryptionkey",
    "signing_key",
    "signingkey",
    "credential",
    "masterkey",
    "accountkey",
    "account_key",
    "master_key",
];

pub(super) fn scan(text: &str) -> Vec<Hit> {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let words = VENDORS
            .iter()
            .map(|vendor| vendor.key[0])
            .chain(GENERIC.iter().copied());
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .ok()
    });
    let Some(words) = &*WORDS else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    let mut next = 0;
    for found in words.find_overlapping_iter(text) {
        // One assignment may hold several words of the list: look at it once.
        if found.end() < next {
            continue;
        }
        let Some(assignment) = assignment(text, found.start()) else {
            continue;
        };
        next = assignment.value.end;
        hits.extend(judge(text, &assignment));
    }
    hits
}

struct Assignment {
    key: std::ops::Range<usize>,
    value: std::ops::Range<usize>,
    quoted: bool,
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The assignment whose key holds the byte at `at`: `key = "value"`, `"key": "value"`, `key: Type = "value"`,
/// `key := 'value'`, `"key" => "value"`, `KEY=value` to the end of the line.
fn assignment(text: &str, at: usize) -> Option<Assignment> {
    let bytes = text.as_bytes();
    let start = at
        - bytes[..at]
            .iter()
            .rev()
            .take(60)
            .take_while(|byte| is_key_byte(**byte))
            .count();
    let end = at
        + bytes[at..]
            .iter()
            .take(60)
            .take_while(|byte| is_key_byte(**byte))
            .count();
    let mut cursor = end;
    let skip = |mut cursor: usize, set: &[u8]| {
        while bytes.get(cursor).is_some_and(|byte| set.contains(byte)) {
            cursor += 1;
        }
        cursor
    };
    cursor = skip(cursor, b"\"'`]");
    cursor = skip(cursor, b" \t");
    cursor = match bytes.get(cursor)? {
        // A path such as `aws_lc_rs::ECDSA`.
        b':' if bytes.get(cursor + 1) == Some(&b':') => return None,
        b':' => {
            let after = skip(cursor + 1, b" \t:=");
            // `key: &str = "…"`: a type may stand between the colon and the equals sign.
            let line_end =
                memchr::memchr(b'\n', &bytes[after..]).map_or(bytes.len(), |end| after + end);
            match memchr::memchr(b'=', &bytes[after..line_end.min(after + 40)]) {
                Some(equals) if is_type(&bytes[after..after + equals]) => after + equals + 1,
                _ => after,
            }
        }
        b'=' => match bytes.get(cursor + 1)? {
            b'=' | b'~' => return None,
            b'>' => cursor + 2,
            _ => cursor + 1,
        },
        _ => return None,
    };
    cursor = skip(cursor, b" \t");
    if matches!(bytes.get(cursor), Some(b'b' | b'r' | b'f' | b'u'))
        && matches!(bytes.get(cursor + 1), Some(b'"' | b'\''))
    {
        cursor += 1;
    }
    let quote = *bytes.get(cursor)?;
    if matches!(quote, b'"' | b'\'' | b'`') {
        let from = cursor + 1;
        let len = bytes[from..]
            .iter()
            .take(400)
            .position(|byte| *byte == quote || *byte == b'\n')?;
        (bytes[from + len] == quote).then_some(Assignment {
            key: start..end,
            value: from..from + len,
            quoted: true,
        })
    } else {
        let len = bytes[cursor..]
            .iter()
            .take(400)
            .take_while(|byte| byte.is_ascii_graphic())
            .count();
        let rest = bytes[cursor + len..]
            .iter()
            .take(80)
            .take_while(|byte| **byte != b'\n');
        // Unquoted: the value must be the rest of its line, as in `.env`, YAML and properties files.
        let alone = rest.clone().all(|byte| byte.is_ascii_whitespace())
            || rest.copied().find(|byte| !byte.is_ascii_whitespace()) == Some(b'#');
        alone.then_some(Assignment {
            key: start..end,
            value: cursor..cursor + len,
            quoted: false,
        })
    }
}

fn is_type(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_alphabetic)
        && bytes.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b' ' | b'&' | b'\'' | b'<' | b'>' | b':' | b'_' | b'?' | b'|' | b'.'
                )
        })
}

fn judge(text: &str, assignment: &Assignment) -> Option<Hit> {
    let value = text.get(assignment.value.clone())?;
    let key = text.get(assignment.key.clone())?.to_ascii_lowercase();
    if value.len() < 8
        || is_placeholder(value)
        || hides_placeholder(value)
        || is_digest(value)
        || !assignment.quoted && is_code(value)
    {
        return None;
    }
    let range = assignment.value.clone();
    for vendor in VENDORS {
        if vendor.key.iter().all(|word| key.contains(word))
            && vendor.format.fits(value)
            && !is_innocent_key(&key)
        {
            return Some(hit(
                vendor.id,
                vendor.what,
                range,
                value,
                Severity::Error,
                0.9,
            ));
        }
    }
    // A vendor's name alone ("aws") says nothing about a value that has not the vendor's format.
    let is_telling = GENERIC.iter().any(|word| key.contains(word));
    if !is_telling || is_reference(value) || is_innocent_key(&key) {
        return None;
    }
    let is_password = ["passw", "pwd", "passphrase"]
        .iter()
        .any(|word| key.contains(word));
    if looks_random(value) {
        let (id, what) = if is_password {
            ("password", "Password")
        } else {
            ("generic", "Secret")
        };
        let confidence = if assignment.quoted { 0.8 } else { 0.7 };
        return Some(hit(id, what, range, value, Severity::Warning, confidence));
    }
    (is_password && assignment.quoted && is_strong_password(value)).then(|| {
        hit(
            "password",
            "Password",
            range,
            value,
            Severity::Warning,
            0.65,
        )
    })
}

/// A password somebody made: three classes of characters, and no space, path or markup.
fn is_strong_password(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.bytes().any(|byte| class(&byte));
    (8..=64).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_graphic())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(|byte| {
            matches!(
                byte,
                b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?'
            )
        })
        && !value.contains(['(', ')', '[', ']', '{', '}', '\\', '/', ';', ','])
        && entropy(value) >= 290
}

impl Format {
    fn fits(self, value: &str) -> bool {
        let all = |class: fn(&u8) -> bool| value.bytes().all(|byte| class(&byte));
        let mixed = value.bytes().any(|byte| byte.is_ascii_digit())
            && value.bytes().any(|byte| byte.is_ascii_alphabetic());
        match self {
            Self::Hex(lengths) => {
                lengths.contains(&value.len())
                    && mixed
                    && all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                    && entropy(value) >= 270
            }
            Self::Alphanumeric(lengths) => {
                lengths.contains(&value.len())
                    && mixed
                    && all(u8::is_ascii_alphanumeric)
                    && entropy(value) >= 330
            }
            Self::Token(least, most) => {
                (least..=most).contains(&value.len())
                    && mixed
                    && all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=.~".contains(byte))
                    && entropy(value) >= 340
            }
            Self::Uuid => {
                value.len() == 36
                    && entropy(value) >= 270
                    && value.bytes().enumerate().all(|(at, byte)| match at {
                        8 | 13 | 18 | 23 => byte == b'-',
                        _ => byte.is_ascii_hexdigit(),
                    })
            }
        }
    }
}
