//! Where a key may go: an address is checked once, and a key is attached in one place, to its own origin alone.
//!
//! Tools of this kind lost keys to a changed base address, to a redirect and to a host that merely looked like the right
//! one. So the origin (scheme, host, port) is compared as a whole, plain HTTP stays on this machine unless the user's own
//! setting says otherwise, and addresses that belong to a cloud's metadata service are refused, as text and as the
//! result of a name look-up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::Api;

/// A key. It is never printed, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes in a key; blanks around it are dropped. `None` where nothing is left.
    pub fn new(key: impl Into<String>) -> Option<Self> {
        let key = Zeroizing::new(key.into());
        let trimmed = key.trim();
        (!trimmed.is_empty()).then(|| Self(Zeroizing::new(trimmed.to_owned())))
    }

    /// Whether the text holds the key, in capitals or not.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let (text, key) = (text.as_bytes(), self.0.as_bytes());
        text.windows(key.len())
            .any(|window| window.eq_ignore_ascii_case(key))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Scheme, host and port of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    pub(crate) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }
}

/// Attaches the key to a request, if that goes to the origin the key belongs to. The only place where a key is read.
pub(crate) fn attach(
    request: &mut reqwest::Request,
    api: Api,
    key: &Secret,
    bound: &Origin,
) -> Result<(), &'static str> {
    if Origin::of(request.url()).as_ref() != Some(bound) {
        return Err("the key belongs to another address");
    }
    let (name, text) = match api {
        Api::Anthropic => (
            HeaderName::from_static("x-api-key"),
            Zeroizing::new(key.0.as_str().to_owned()),
        ),
        Api::Gemini => (
            HeaderName::from_static("x-goog-api-key"),
            Zeroizing::new(key.0.as_str().to_owned()),
        ),
        Api::OpenAi | Api::Ollama => (
            AUTHORIZATION,
            Zeroizing::new(format!("Bearer {}", key.0.as_str())),
        ),
    };
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| "the key has characters that no key has")?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

/// Reads a base address, or says in words what is wrong with it.
pub(crate) fn base(text: &str, plain_http: bool) -> Result<Url, String> {
    let mut url = Url::parse(text.trim()).map_err(|_| "is no address".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a name or a password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the path: no `?` and no `#`".to_owned());
    }
    let Some(host) = url.host_str().map(str::to_owned) else {
        return Err("names no host".to_owned());
    };
    if let Some(address) = literal(&host) {
        if forbidden(address) {
            return Err(
                "leads to a link-local or metadata address, where no model can be".to_owned(),
            );
        }
        if address.is_unspecified() {
            return Err("names no machine: for this one, write 127.0.0.1".to_owned());
        }
    }
    if url.scheme() == "http" && !is_loopback(&host) && !plain_http {
        return Err(
            "would send your code unencrypted: use https://, or allow it for this provider with `plain_http = true`"
                .to_owned(),
        );
    }
    // `https://host/v1/` and `https://host/v1` are the same base.
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The address that a host spells out in digits.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

/// Whether a host is this machine, by its text alone.
pub(crate) fn is_loopback(host: &str) -> bool {
    match literal(host) {
        Some(address) => is_loopback_address(address),
        None => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}

pub(crate) fn is_loopback_address(address: IpAddr) -> bool {
    match embedded(address) {
        Some(address) => address.is_loopback(),
        None => address.is_loopback(),
    }
}

/// The IPv4 address inside an IPv6 one, in the forms that systems route.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(address) => address.to_ipv4_mapped(),
    }
}

/// Addresses where cloud machines keep credentials, and everything link-local.
pub(crate) fn forbidden(address: IpAddr) -> bool {
    if let Some(v4) = embedded(address) {
        return v4.is_link_local()
            || v4 == Ipv4Addr::new(100, 100, 100, 200)
            || v4 == Ipv4Addr::new(168, 63, 129, 16)
            || v4 == Ipv4Addr::new(192, 0, 0, 192)
            || v4.is_broadcast()
            || v4.is_multicast();
    }
    let IpAddr::V6(v6) = address else {
        return false;
    };
    let [a, b, ..] = v6.segments();
    let tunnelled = match (a, b) {
        // 64:ff9b::/96 and 2002::/16 carry an IPv4 address.
        (0x64, 0xff9b) => {
            let [.., c, d] = v6.segments();
            Some((c, d))
        }
        (0x2002, c) => v6.segments().get(2).map(|d| (c, *d)),
        _ => None,
    };
    if let Some((c, d)) = tunnelled {
        let ([w, x], [y, z]) = (c.to_be_bytes(), d.to_be_bytes());
        return forbidden(IpAddr::V4(Ipv4Addr::new(w, x, y, z)));
    }
    v6.is_unicast_link_local()
        || v6.is_multicast()
        || v6 == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)
}

#[cfg(test)]
mod tests {
    use super::{Origin, Secret, attach, base, forbidden, is_loopback};
    use crate::Api;
    use reqwest::{Method, Request, Url};

    #[test]
    fn a_key_is_not_printed() {
        let key = Secret::new(" sk-canary\n").expect("a key");
        assert_eq!(format!("{key:?} {:?}", Some(&key)), "*** Some(***)");
        assert!(key.is_in("x sk-canary y") && !key.is_in("sk-canar"));
        assert!(Secret::new("  \n").is_none());
    }

    /// Fifty addresses that look like the right one, or lead somewhere else: the key goes to none of them.
    #[test]
    fn a_key_goes_to_its_own_origin_alone() {
        let right = Url::parse("https://api.anthropic.com").expect("an address");
        let bound = Origin::of(&right).expect("an origin");
        let key = Secret::new("sk-canary").expect("a key");
        let sent = |address: &str, api| {
            let mut request = Request::new(Method::POST, Url::parse(address).ok()?);
            attach(&mut request, api, &key, &bound).ok()?;
            (!request.headers().is_empty()).then_some(())
        };
        for api in [Api::Anthropic, Api::OpenAi, Api::Gemini, Api::Ollama] {
            for same in [
                "https://api.anthropic.com/v1/messages",
                "https://api.anthropic.com:443/",
                "HTTPS://API.Anthropic.COM/x?y#z",
            ] {
                assert!(sent(same, api).is_some(), "{same}");
            }
            for other in [
                "http://api.anthropic.com/",
                "http://api.anthropic.com:443/",
                "https://api.anthropic.com:80/",
                "https://api.anthropic.com:8443/",
                "https://api.anthropic.com.evil.example/",
                "https://api.anthropic.com./",
                "https://api-anthropic.com/",
                "https://apianthropic.com/",
                "https://anthropic.com/",
                "https://xapi.anthropic.com/",
                "https://x.api.anthropic.com/",
                "https://api.anthropic.co/",
                "https://api.anthropic.com.co/",
                "https://api.anthropic.comm/",
                "https://api.anthropic.com@evil.example/",
                "https://api.anthropic.com:443@evil.example/",
                "https://api.anthropic.com%40evil.example/",
                "https://evil.example/https://api.anthropic.com/",
                "https://evil.example?https://api.anthropic.com/",
                "https://evil.example#@api.anthropic.com/",
                "https://evil.example\\@api.anthropic.com/",
                "https:\\\\evil.example\\api.anthropic.com",
                "https:/evil.example/@api.anthropic.com/",
                "https://evil.example;api.anthropic.com/",
                "https://аpi.anthropic.com/",
                "https://api.anthropic.cοm/",
                "https://api。anthropic。com.evil.example/",
                "https://xn--pi-7cd.anthropic.com/",
                "https://api.anthr0pic.com/",
                "https://api.anthropic.com%00.evil.example/",
                "https://api.anthropic.com%2eevil.example/",
                "https://api.anthropic.com,evil.example/",
                "https://127.0.0.1/",
                "https://2130706433/",
                "https://0x7f.1/",
                "https://0177.0.0.1/",
                "https://[::1]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::ffff:a9fe:a9fe]/",
                "https://169.254.169.254/",
                "https://2852039166/",
                "https://metadata.google.internal/",
                "https://localhost/",
                "https://api.anthropic.com.localhost/",
                "https://0/",
                "ftp://api.anthropic.com/",
                "ws://api.anthropic.com/",
                "wss://api.anthropic.com/",
                "file://api.anthropic.com/",
                "data:https://api.anthropic.com/",
                "javascript://api.anthropic.com/",
            ] {
                assert!(sent(other, api).is_none(), "{other}");
            }
        }
    }

    #[test]
    fn addresses_are_checked() {
        let check = |text: &str| base(text, false).map(|url| url.to_string());
        for good in [
            "https://api.openai.com/v1",
            "https://10.0.0.7:8000",
            "http://localhost:11434",
            "http://127.0.0.1:1",
            "http://[::1]:8080/v1/",
            "http://127.8.9.1",
            "http://2130706433/",
            "http://me.localhost",
        ] {
            assert!(check(good).is_ok(), "{good}: {:?}", check(good));
        }
        for bad in [
            "",
            "api.openai.com",
            "ftp://x",
            "file:///etc/passwd",
            "http://api.openai.com",
            "http://10.0.0.7:8000",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "https://user:hunter2@x.example",
            "https://user@x.example",
            "https://x.example/?key=1",
            "https://x.example/#a",
            "https://169.254.169.254/latest",
            "http://169.254.169.254",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://100.100.100.200/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "http://0.0.0.0:11434",
            "http://[::]:11434",
        ] {
            let error = check(bad).expect_err(bad);
            assert!(
                !error.contains('\n') && !error.contains("hunter2"),
                "{error}"
            );
        }
        assert_eq!(
            check("https://x.example/v1/").as_deref(),
            Ok("https://x.example/v1")
        );
        assert!(base("http://10.0.0.7:8000", true).is_ok());
        assert!(base("http://169.254.169.254", true).is_err());
        assert!(is_loopback("LOCALHOST.") && !is_loopback("localhost.evil.example"));
        assert!(!forbidden("10.0.0.1".parse().expect("an address")));
    }
}
