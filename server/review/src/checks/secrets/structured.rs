//! Secrets told by their structure: private key blocks, signed tokens with a live-looking payload, connection strings.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base::Severity;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::Regex;

use super::placeholder::is_placeholder;
use super::{Hit, Setting, hit};

pub(super) fn scan(text: &str, setting: Setting) -> Vec<Hit> {
    static LITERALS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasick::new(["-----BEGIN ", "PuTTY-User-Key-File-", "eyJ", "://"]).ok()
    });
    let Some(literals) = &*LITERALS else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    for found in literals.find_iter(text) {
        let at = found.start();
        hits.extend(match found.pattern().as_usize() {
            0 | 1 if setting == Setting::Real => private_key(text, at),
            2 => web_token(text, at),
            3 if setting == Setting::Real => connection(text, at),
            _ => None,
        });
    }
    hits
}

/// A private key block with a body: the header alone stands in every parser and every document about keys.
fn private_key(text: &str, at: usize) -> Option<Hit> {
    static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|SSH2 ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:)").ok()
    });
    let header = HEADER.as_ref()?.find(&text[at..])?;
    // The body may be real lines or one string with `\n` escapes.
    let mut body = String::new();
    for line in text[at + header.end()..]
        .split(['\n', '\r'])
        .take(12)
        .flat_map(|line| line.split("\\n"))
    {
        let line = line.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
        if line.contains("-----") || line.contains(' ') {
            continue;
        }
        body.push_str(line);
        if body.len() >= 100 {
            break;
        }
    }
    let solid = body.len() >= 60
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    if !solid || super::placeholder::entropy(&body) < 350 || is_placeholder(&body) {
        return None;
    }
    Some(hit(
        "private-key",
        "Private key",
        at..at + header.end(),
        &body,
        Severity::Error,
        0.97,
    ))
}

/// A signed web token whose payload is not an example and has not expired.
fn web_token(text: &str, at: usize) -> Option<Hit> {
    static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^eyJ[A-Za-z0-9_-]{14,}\.(eyJ[A-Za-z0-9_-]{20,})\.[A-Za-z0-9_-]{40,}").ok()
    });
    if at > 0 && text.as_bytes()[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let found = TOKEN.as_ref()?.captures(&text[at..])?;
    let whole = found.get(0)?;
    let payload = URL_SAFE_NO_PAD.decode(found.get(1)?.as_str()).ok()?;
    let payload: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    let claims = payload.as_object()?;
    let text_of = |name: &str| {
        claims
            .get(name)
            .and_then(|value| value.as_str())
            .unwrap_or("")
    };
    let example = text_of("sub") == "1234567890"
        || text_of("name") == "John Doe"
        || text_of("iss").contains("example");
    // Supabase and others publish a token for anonymous use on purpose.
    let public = text_of("role") == "anon";
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let expired = claims
        .get("exp")
        .and_then(serde_json::Value::as_u64)
        .is_some_and(|exp| exp < now);
    let says_something = ["iss", "sub", "aud", "exp", "iat", "role", "scope"]
        .iter()
        .any(|claim| claims.contains_key(*claim));
    if example || public || expired || !says_something {
        return None;
    }
    let range = at..at + whole.end();
    Some(hit(
        "jwt",
        "Signed web token (JWT)",
        range,
        whole.as_str(),
        Severity::Error,
        0.85,
    ))
}

/// `scheme://user:password@host`: a password in an address.
fn connection(text: &str, at: usize) -> Option<Hit> {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"^://([^\s:/@"'<>`|]{0,64}):([^\s/@"'<>`|]{4,128})@([A-Za-z0-9._\[\]-]{3,253})"#,
        )
        .ok()
    });
    const SCHEMES: &[&str] = &[
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongodb",
        "mongodb+srv",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "mssql",
        "sqlserver",
        "clickhouse",
        "cockroachdb",
        "ftp",
        "ftps",
        "sftp",
        "smtp",
        "smtps",
        "ldap",
        "ldaps",
        "nats",
        "mqtt",
        "mqtts",
        "http",
        "https",
        "git+https",
        "ssh",
        "jdbc:postgresql",
        "postgresql+psycopg2",
        "postgresql+asyncpg",
        "mysql+pymysql",
    ];
    let head = text.as_bytes()[..at]
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.:-".contains(byte))
        .count();
    let scheme = text.get(at - head..at)?.to_ascii_lowercase();
    let scheme = scheme.rsplit(['.', '-']).next().unwrap_or(&scheme);
    if !SCHEMES.contains(&scheme) {
        return None;
    }
    let found = ADDRESS.as_ref()?.captures(&text[at..])?;
    let (user, password, host) = (
        found.get(1)?.as_str(),
        found.get(2)?,
        found.get(3)?.as_str().to_ascii_lowercase(),
    );
    let value = password.as_str();
    let lower = value.to_ascii_lowercase();
    let local = matches!(
        host.as_str(),
        "localhost"
            | "127.0.0.1"
            | "[::1]"
            | "0.0.0.0"
            | "host"
            | "hostname"
            | "db"
            | "redis"
            | "postgres"
            | "mysql"
            | "mongo"
            | "rabbitmq"
            | "server"
            | "myhost"
            | "dbhost"
    ) || host.ends_with(".local")
        || host.ends_with(".example")
        || host.ends_with(".test")
        || host.contains("example.")
        || host.ends_with(".invalid");
    const WEAK: &[&str] = &[
        "pass", "pass1", "pwd", "user", "root", "admin", "guest", "test", "token", "postgres",
        "mysql", "secret", "changeit", "p@ss", "passwd", "bar", "baz", "hunter", "tiger", "mypass",
        "my-token",
    ];
    if local
        || lower == user.to_ascii_lowercase()
        || WEAK.contains(&lower.as_str())
        || lower.ends_with("passwd")
        || is_placeholder(value)
        || value.starts_with(['$', '%', '{', '[', ':'])
    {
        return None;
    }
    let range = at + password.start()..at + password.end();
    Some(hit(
        "connection-string",
        "Password in an address",
        range,
        value,
        Severity::Error,
        0.85,
    ))
}
