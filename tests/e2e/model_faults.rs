//! Every way in which a provider fails, seen by the user: the built-in findings are there, what the model did not see is
//! one line of the report, and nothing incomplete passes for a review.

use std::sync::Mutex;

use serde_json::Value;
use test_provider::{Api, Fault, Moment, Provider, Reply};

use crate::models::{KEY, NEW, remark};
use crate::support::{Sandbox, ran};

const OLD: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";

/// The fault lies in the text of a complete answer, or there is none: what can be proven of it is shown.
fn is_complete(fault: &Fault, api: Api, moment: Moment) -> bool {
    match fault {
        Fault::Fenced
        | Fault::WrongSchema
        | Fault::LineOutOfRange
        | Fault::UnknownFile
        | Fault::Duplicates
        | Fault::Control
        | Fault::UnknownEvents => true,
        // Ollama has no word for it; in the middle it leaves an answer that cannot be read.
        Fault::Refusal | Fault::Filtered => api == Api::Ollama && moment != Moment::Middle,
        _ => false,
    }
}

fn play(api: Api, fault: &Fault, moment: Moment) {
    let case = format!("{api:?} {fault:?} {moment:?}");
    let provider = Provider::start();
    let played = fault.clone();
    provider.answer(move |request| {
        let text = match request.text().contains("Your task is to refute it") {
            true => r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#.to_owned(),
            false => remark(),
        };
        Reply::text(text).with(played.clone(), moment)
    });
    let sandbox = Sandbox::committed(&[("src/total.rs", OLD)]);
    sandbox.write("src/total.rs", NEW);
    sandbox.write("b.txt", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n");
    let folder = sandbox.home().join("config/obelus");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = format!(
        "[providers.own]\napi = \"{}\"\nbase_url = \"{}\"\nkey_env = \"OWN_KEY\"\n\
         [models]\ndeadline_seconds = 4\nidle_seconds = 1\n[prices]\n\"own/m\" = {{ input = 3, output = 15 }}\n",
        api.as_str(),
        provider.base_url(api)
    );
    std::fs::write(folder.join("config.toml"), config).expect("a file");
    let mut command = sandbox.command("review --model own/m --format json".split(' '));
    let ran = ran(command.env("OWN_KEY", KEY).output().expect("obelus starts"));
    let told = format!("{case}\n{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, 1, "{told}");
    assert!(!told.contains(KEY), "the key was printed: {told}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{told}"));
    let findings = report["findings"].as_array().expect("findings");
    let of = |check: &str| findings.iter().filter(|it| it["check"] == check).count();
    assert!(of("pattern") > 0, "a built-in finding is missing: {told}");
    let skipped = report["skipped"].as_array().expect("a list");
    let why: Vec<_> = skipped
        .iter()
        .filter(|it| it["path"] == "src/total.rs")
        .filter_map(|it| it["reason"].as_str())
        .collect();
    if is_complete(fault, api, moment) {
        assert!(why.is_empty(), "{told}");
        assert!(of("model") <= 1, "{told}");
    } else {
        assert_eq!(why.len(), 1, "it passes for a review: {told}");
    }
    for why in why {
        let is_line = why.chars().count() < 300 && !why.chars().any(char::is_control);
        assert!(is_line && !why.contains("prices.iter"), "{told}");
    }
}

fn play_all(cases: Vec<(Api, Fault, Moment)>) {
    let count = cases.len();
    let (cases, failed) = (Mutex::new(cases), Mutex::new(Vec::new()));
    // Most of them wait for a deadline: many at a time.
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((api, fault, moment)) = { cases.lock().expect("cases").pop() } {
                    let played = std::panic::catch_unwind(|| play(api, &fault, moment));
                    if let Err(panic) = played {
                        let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        failed.lock().expect("failures").push(why);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("failures");
    assert!(
        failed.is_empty(),
        "{} of {count} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// Each face of each kind once, the protocols and the moments in turn.
#[test]
fn a_provider_that_fails_takes_nothing_with_it() {
    let elsewhere = Provider::start();
    let turns = (0..).map(|turn| (Api::ALL[turn % 4], Moment::ALL[turn % 3]));
    let faults = Fault::all(&elsewhere.address()).into_iter();
    play_all(
        faults
            .zip(turns)
            .map(|(fault, (api, moment))| (api, fault, moment))
            .collect(),
    );
    assert_eq!(elsewhere.connections().0, 0, "a redirect was followed");
}

#[test]
#[ignore = "slow: 588 reviews"]
fn every_fault_in_every_protocol_at_every_moment_costs_one_line() {
    let elsewhere = Provider::start();
    let mut cases = Vec::new();
    for fault in Fault::all(&elsewhere.address()) {
        for api in Api::ALL {
            cases.extend(Moment::ALL.map(|moment| (api, fault.clone(), moment)));
        }
    }
    play_all(cases);
    assert_eq!(elsewhere.connections().0, 0, "a redirect was followed");
}
