//! A key goes where it belongs, and nowhere else; nothing goes where it should not.

use std::time::Duration;

use base::ModelFault;
use base::model::{Model, ModelName};
use llm::{Api, ProviderSettings, Providers, Proxy, Secret, Settings};
use test_provider::{Certificate, Fault, Moment, Provider, Reply};

use crate::ask::{KEY, ask, is_clear, ours, patient, providers, request};

const SOON: Duration = Duration::from_secs(5);

#[test]
fn each_protocol_has_its_header() {
    let headers = [
        (test_provider::Api::Anthropic, "x-api-key", KEY.to_owned()),
        (
            test_provider::Api::OpenAi,
            "authorization",
            format!("Bearer {KEY}"),
        ),
        (test_provider::Api::Gemini, "x-goog-api-key", KEY.to_owned()),
        (
            test_provider::Api::Ollama,
            "authorization",
            format!("Bearer {KEY}"),
        ),
    ];
    for (api, header, value) in headers {
        let provider = Provider::start();
        ask(&patient(api, &provider), &request())
            .result
            .expect("an answer");
        let sent = &provider.requests()[0];
        assert_eq!(sent.header(header), Some(value.as_str()));
        // Once, and not in the address or the body.
        assert_eq!(sent.everything().matches(KEY).count(), 1);
    }
}

/// A redirect is not followed: neither key nor code reaches the other address.
#[test]
fn a_redirect_leads_nowhere() {
    for api in test_provider::Api::ALL {
        for status in [301, 302, 303, 307, 308] {
            let (provider, other) = (Provider::start(), Provider::start());
            for address in [
                other.address(),
                format!("{}/v1/messages", other.address()),
                "/elsewhere".to_owned(),
            ] {
                provider
                    .say(Reply::text("").with(Fault::Redirect(status, address), Moment::Before));
                let error = ask(&patient(api, &provider), &request())
                    .result
                    .expect_err("a redirect");
                assert_eq!(error.fault, ModelFault::Unreachable);
                is_clear(&error, "redirect");
            }
            assert_eq!((other.connections().0, provider.requests().len()), (0, 3));
        }
    }
}

/// Addresses that are none, or that lead where no key may go, are refused before a byte leaves.
#[test]
fn bad_addresses_are_refused() {
    for address in [
        "http://api.example.com",
        "http://169.254.169.254/v1",
        "https://169.254.169.254/v1",
        "https://[fd00:ec2::254]/v1",
        "https://user:canary@localhost/v1",
        "https://localhost/v1?key=canary",
        "ftp://localhost/",
        "canary",
    ] {
        let providers = providers(Api::OpenAi, address, SOON, SOON);
        let asked = ask(&providers, &request());
        let error = asked.result.expect_err(address);
        assert_eq!(
            (error.fault, asked.follower.attempts.len()),
            (ModelFault::NotConfigured, 0),
            "{address}"
        );
        is_clear(&error, address);
        assert!(providers.facts(&request().model).is_err());
    }
}

#[test]
fn a_missing_key_is_said_before_anything_is_sent() {
    let providers = Providers::new(Settings::default());
    assert_eq!(
        providers.names(),
        ["anthropic", "gemini", "ollama", "openai"]
    );
    for (model, variable) in [
        ("anthropic/claude-x", "ANTHROPIC_API_KEY"),
        ("openai/gpt-x", "OPENAI_API_KEY"),
        ("gemini/gemini-x", "GEMINI_API_KEY"),
    ] {
        let mut request = request();
        request.model = ModelName::parse(model).expect("a name");
        let asked = ask(&providers, &request);
        let error = asked.result.expect_err("no key");
        assert_eq!(
            (error.fault, asked.follower.attempts.len()),
            (ModelFault::NotConfigured, 0)
        );
        assert!(
            error.message.contains(variable) && error.message.contains("obelus config set-key"),
            "{error}"
        );
    }
    assert!(
        providers
            .facts(&ModelName::parse("ollama/qwen3").expect("a name"))
            .is_ok_and(|facts| facts.local)
    );
    let error = providers
        .facts(&ModelName::parse("nobody/x").expect("a name"))
        .expect_err("nobody");
    assert!(
        error.message.contains("anthropic, gemini, ollama, openai"),
        "{error}"
    );
    assert!(!format!("{providers:?}").contains(KEY));
}

/// Kind 8 of the faults: no certificate that is wrong in any way is accepted, and a good one is with its authority.
#[test]
fn certificates_are_checked() {
    for api in test_provider::Api::ALL {
        let good = Certificate::good();
        let cases = [
            (Certificate::good(), None, false),
            (Certificate::expired(), Some("its own"), false),
            (Certificate::other_host(), Some("its own"), false),
            (good, Some("its own"), true),
        ];
        for (number, (certificate, trusted, accepted)) in cases.into_iter().enumerate() {
            let provider = Provider::start_tls(&certificate);
            let mut settings = Settings::default();
            let mut ours = ProviderSettings::new("p", ours(api));
            ours.base_url = provider.base_url(api);
            ours.key = Secret::new(KEY);
            settings.providers.push(ours);
            if trusted.is_some() {
                settings.roots.push(certificate.authority().to_owned());
            }
            let asked = ask(&Providers::new(settings), &request());
            match asked.result {
                Ok(reply) => assert!(accepted && reply.text == "ok", "{number}"),
                Err(error) => {
                    assert!(!accepted, "{number}: {error}");
                    assert_eq!(error.fault, ModelFault::Unreachable);
                    assert!(error.message.contains("certificate"), "{error}");
                    is_clear(&error, "certificate");
                    assert_eq!(
                        asked.follower.attempts.len(),
                        1,
                        "a certificate does not get better"
                    );
                }
            }
            assert_eq!(provider.requests().len(), usize::from(accepted));
        }
    }
}

/// This machine is never asked through another one; what goes through a proxy arrives.
#[test]
fn a_proxy_is_used_for_others_only() {
    let (proxy, provider) = (Provider::start(), Provider::start());
    let mut settings = Settings::default();
    for (name, base_url) in [
        ("p", provider.base_url(test_provider::Api::OpenAi)),
        ("far", "http://models.example/v1".to_owned()),
    ] {
        let mut ours = ProviderSettings::new(name, Api::OpenAi);
        ours.base_url = base_url;
        ours.plain_http = true;
        settings.providers.push(ours);
    }
    settings.proxy = Proxy {
        http: Some(proxy.address()),
        ..Proxy::default()
    };
    let providers = Providers::new(settings);
    ask(&providers, &request()).result.expect("an answer");
    assert_eq!((provider.requests().len(), proxy.requests().len()), (1, 0));
    let mut request = request();
    request.model = ModelName::parse("far/test-model").expect("a name");
    assert_eq!(
        ask(&providers, &request).result.expect("an answer").text,
        "ok"
    );
    assert_eq!(
        proxy.requests()[0].path,
        "http://models.example/v1/chat/completions"
    );
    proxy.say(Reply::text("").with(Fault::ProxyLogin, Moment::Before));
    let error = ask(&providers, &request).result.expect_err("a login");
    assert!(
        error.fault == ModelFault::Unreachable && error.message.contains("proxy"),
        "{error}"
    );
}

/// A guard that nobody calls, or that one of two callers forgets, is none: there is one place that attaches a key.
#[test]
fn a_key_is_attached_in_one_place() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    #[expect(clippy::disallowed_methods, reason = "the test reads the sources")]
    let sources: Vec<String> = std::fs::read_dir(folder)
        .expect("the sources")
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .map(|text| text.split("#[cfg(test)]").next().unwrap_or("").to_owned())
        .collect();
    let count =
        |what: &str| -> usize { sources.iter().map(|text| text.matches(what).count()).sum() };
    assert!(sources.len() > 10);
    assert_eq!((count("fn attach("), count("attach(&mut request")), (1, 1));
    for header in ["x-api-key", "x-goog-api-key", "Bearer "] {
        assert_eq!(count(header), 1, "{header}");
    }
}

/// Nothing leaves this machine only where that is known.
#[test]
fn local_is_what_runs_here() {
    let local = |api, base: &str, key: Option<&str>, told, model: &str| {
        let mut settings = Settings::default();
        let mut ours = ProviderSettings::new("p", api);
        base.clone_into(&mut ours.base_url);
        ours.key = key.and_then(Secret::new);
        ours.local = told;
        settings.providers.push(ours);
        let name = ModelName::parse(model).expect("a name");
        let facts = Providers::new(settings).facts(&name).expect("facts");
        // What runs here is free; what does not has no price that we could know.
        assert_eq!(facts.price.is_some(), facts.local);
        facts.local
    };
    let here = "http://127.0.0.1:8080";
    assert!(local(Api::Ollama, here, None, None, "p/qwen3:8b"));
    assert!(!local(
        Api::Ollama,
        here,
        None,
        None,
        "p/gpt-oss:120b-cloud"
    ));
    assert!(!local(Api::Ollama, here, None, None, "p/glm:cloud"));
    assert!(local(Api::OpenAi, here, None, None, "p/model"));
    assert!(!local(Api::OpenAi, here, Some("sk"), None, "p/model"));
    assert!(local(Api::OpenAi, here, Some("sk"), Some(true), "p/model"));
    assert!(!local(Api::OpenAi, here, None, Some(false), "p/model"));
    let far = "https://models.example/v1";
    assert!(!local(Api::OpenAi, far, None, Some(true), "p/model"));
}

/// A tunnel that a proxy refuses is told apart from a provider that is down.
#[test]
fn a_proxy_may_refuse_the_tunnel() {
    for (status, again) in [(407, 1), (403, 3)] {
        let proxy = Provider::start();
        proxy.tunnels(status);
        let mut settings = Settings::default();
        let mut ours = ProviderSettings::new("p", Api::OpenAi);
        ours.base_url = "https://models.example/v1".to_owned();
        ours.key = Secret::new(KEY);
        settings.providers.push(ours);
        settings.proxy.https = Some(proxy.address().replace("//", "//user:canary@"));
        let asked = ask(&Providers::new(settings), &request());
        let error = asked.result.expect_err("no tunnel");
        assert_eq!(error.fault, ModelFault::Unreachable);
        assert!(error.message.contains("proxy"), "{error}");
        is_clear(&error, "tunnel");
        assert_eq!(asked.follower.attempts.len(), again, "{status}");
        let seen = &proxy.requests()[0];
        assert_eq!(
            (seen.method.as_str(), seen.path.as_str()),
            ("CONNECT", "models.example:443")
        );
        assert!(!seen.everything().contains(KEY));
        assert!(seen.header("proxy-authorization").is_some());
    }
}

/// Several roots in one file, and one that is none.
#[test]
fn a_root_that_is_none_is_said() {
    let mut settings = Settings::default();
    let mut ours = ProviderSettings::new("p", Api::OpenAi);
    ours.base_url = "https://localhost:9/v1".to_owned();
    settings.providers.push(ours);
    settings
        .roots
        .push("-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n".to_owned());
    let error = ask(&Providers::new(settings), &request())
        .result
        .expect_err("no certificate");
    assert_eq!(error.fault, ModelFault::NotConfigured);
    is_clear(&error, "root");
}
