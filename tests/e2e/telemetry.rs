//! Spans and numbers about reviews and requests to models: only where the user named a receiver, and nothing in them that was asked.
//! `tests/telemetry` has what is sent read by a decoder that is not ours.

use test_provider::Provider;

use crate::models::{KEY, changed, reviewer, run};

#[test]
fn requests_are_told_to_the_receiver_that_the_user_named() {
    let provider = reviewer();
    let receiver = Provider::start();
    let named = format!("[telemetry]\nendpoint = \"{}\"\n", receiver.address());
    let sandbox = changed(&provider, &named);
    run(&sandbox, "review").exits(0);
    let before = receiver.requests();
    let all: String = before.iter().map(|request| request.everything()).collect();
    assert!(all.contains("obelus.review.duration"), "{all}");
    assert!(!all.contains("gen_ai"), "no model was asked: {all}");
    run(&sandbox, "review --model own/m").exits(1);
    let told = &receiver.requests()[before.len()..];
    for path in ["/v1/traces", "/v1/metrics"] {
        let told = told.iter().find(|request| request.path == path);
        let told = told.unwrap_or_else(|| panic!("nothing came to {path}"));
        assert_eq!(told.header("content-type"), Some("application/x-protobuf"));
        let body = String::from_utf8_lossy(&told.body).into_owned();
        for part in [
            "gen_ai.request.model",
            "gen_ai.provider.name",
            "anthropic",
            "obelus",
        ] {
            assert!(body.contains(part), "no {part} in what came to {path}");
        }
    }
    for request in told {
        let all = request.everything();
        for secret in [
            KEY,
            "skip(1)",
            "total",
            "prices",
            "refute",
            &provider.port().to_string(),
        ] {
            assert!(
                !all.contains(secret),
                "{secret} was told at {}",
                request.path
            );
        }
    }
}

#[test]
fn a_workspace_names_no_receiver() {
    let provider = reviewer();
    let receiver = Provider::start();
    let sandbox = changed(&provider, "");
    let named = format!("[telemetry]\nendpoint = \"{}\"\n", receiver.address());
    sandbox.write("obelus.toml", named);
    let ran = run(&sandbox, "review --model own/m").exits(1);
    ran.says(&["telemetry: refused: only your own configuration file can set this"]);
    assert!(provider.requests().len() >= 2);
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn a_receiver_that_is_not_there_costs_nothing() {
    let provider = reviewer();
    let nowhere = test_provider::Nowhere::new();
    let named = format!("[telemetry]\nendpoint = \"{}\"\n", nowhere.address());
    let sandbox = changed(&provider, &named);
    run(&sandbox, "review --model own/m")
        .exits(1)
        .shows(&["The first price is left out of the sum"]);
    let sandbox = changed(&provider, "[telemetry]\nendpoint = \"localhost\"\n");
    run(&sandbox, "review --model own/m").exits(1);
}
