//! Thirty kinds of fault, four protocols, three moments: no hang, no panic, nothing incomplete shown as complete, and
//! one clear line for the user.
//!
//! Each case is played for ever, so that retries meet it as well. The deadlines are short; what is asserted about time
//! is only that the client came back on its own.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use base::ModelFault::{
    self, Incomplete, Limited, Malformed, NotConfigured, Overloaded, QuotaUsedUp, Refused,
    TimedOut, TooLong, Unauthorized, UnknownModel, Unreachable,
};
use base::model::{ReplyShape, Stop};
use serde_json::json;
use test_provider::{Api, Fault, Moment, Nowhere, Provider, Reply};

use crate::ask::{ask, is_clear, ours, providers, request};

const TOTAL: Duration = Duration::from_millis(1500);
const IDLE: Duration = Duration::from_millis(250);
const TEXT: &str = r#"{"findings":[{"path":"src/a.rs","line":3,"severity":"error","title":"The first of two remarks"},{"path":"src/b.rs","line":30,"severity":"info","title":"The second one"}]}"#;

/// What must come of a case.
enum Outcome {
    /// The reply, as the model meant it: the fault lies in its text, or is none.
    Whole,
    /// A reply that says of itself that it breaks off.
    Cut,
    /// One of these.
    Fails(&'static [ModelFault]),
}

fn outcome(fault: &Fault, api: Api, moment: Moment) -> Outcome {
    use Outcome::{Cut, Fails, Whole};
    // In a stream Ollama has a text for an error and nothing else.
    let vague = api == Api::Ollama && moment != Moment::Before;
    match fault {
        Fault::LimitedSeconds(_)
        | Fault::LimitedDate(_)
        | Fault::LimitedMillis(_)
        | Fault::Limited
        | Fault::LimitedDay => Fails(&[Limited]),
        Fault::Quota if api == Api::Ollama => Fails(&[Limited, Overloaded]),
        Fault::Quota => Fails(&[QuotaUsedUp]),
        Fault::Overloaded | Fault::Status(_) | Fault::ErrorEvent => Fails(&[Overloaded]),
        Fault::ProxyLogin => Fails(&[Unreachable, Overloaded, NotConfigured]),
        Fault::Portal if moment == Moment::Before => Fails(&[Unreachable]),
        Fault::Portal => Fails(&[Malformed]),
        Fault::NoHeaders | Fault::Stall | Fault::Trickle(_) => Fails(&[TimedOut]),
        Fault::Refused | Fault::Reset | Fault::Eof => Fails(&[Incomplete, Unreachable]),
        Fault::CutAtMaxTokens => Cut,
        Fault::MalformedEvent => Fails(&[Malformed]),
        Fault::Refusal | Fault::Filtered if api == Api::Ollama => Whole,
        Fault::Refusal | Fault::Filtered => Fails(&[Refused]),
        Fault::NoCandidates => Fails(&[Incomplete, Refused, Malformed]),
        Fault::TooLong => Fails(&[TooLong]),
        Fault::TooLarge if vague => Fails(&[TooLong, Overloaded]),
        Fault::TooLarge => Fails(&[TooLong]),
        Fault::ContextStop if api == Api::Anthropic => Fails(&[TooLong]),
        Fault::ContextStop => Cut,
        Fault::Unauthorized | Fault::Forbidden if vague => Fails(&[Unauthorized, Overloaded]),
        Fault::Unauthorized | Fault::Forbidden => Fails(&[Unauthorized]),
        Fault::UnknownModel => Fails(&[UnknownModel]),
        Fault::Redirect(..) => Fails(&[Unreachable]),
        Fault::GzipBomb | Fault::Endless => Fails(&[Malformed, TimedOut]),
        Fault::InvalidUtf8 => Fails(&[Malformed]),
        // After the end nothing can come: what came before it is not taken for the whole.
        Fault::Reordered => Fails(&[Malformed, Incomplete]),
        Fault::Empty => Fails(&[Incomplete]),
        Fault::Fenced
        | Fault::BrokenJson
        | Fault::WrongSchema
        | Fault::LineOutOfRange
        | Fault::UnknownFile
        | Fault::Duplicates
        | Fault::Control
        | Fault::UnknownEvents => Whole,
    }
}

fn play(api: Api, fault: &Fault, moment: Moment, patience: u32) {
    let case = format!("{api:?} {fault:?} {moment:?}");
    let (total, idle) = (TOTAL * patience, IDLE * patience);
    let provider = Provider::start();
    let played = fault.clone();
    provider.answer(move |_| Reply::text(TEXT).with(played.clone(), moment));
    let providers = providers(ours(api), &provider.base_url(api), total, idle);
    let mut request = request();
    request.reply = ReplyShape::Json {
        name: "review".to_owned(),
        schema: json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}),
    };
    let asked = ask(&providers, &request);
    // Generous: the machine may be busy, but nothing may wait for a test's whole patience.
    assert!(
        asked.took < total + Duration::from_secs(8),
        "{case}: took {:?}",
        asked.took
    );
    assert!(
        asked.follower.attempts.len() <= 3,
        "{case}: {} attempts",
        asked.follower.attempts.len()
    );
    assert_eq!(
        asked.follower.attempts.len(),
        asked.follower.ended.len(),
        "{case}"
    );
    match (asked.result, outcome(fault, api, moment)) {
        (Ok(reply), Outcome::Whole) => {
            assert_eq!(reply.stop, Stop::Done, "{case}");
            let intact = matches!(
                fault,
                Fault::UnknownEvents | Fault::Refusal | Fault::Filtered
            ) && !(moment == Moment::Middle && *fault != Fault::UnknownEvents);
            assert!(!intact || reply.text == TEXT, "{case}: {}", reply.text);
            assert_eq!(reply.text, asked.follower.text, "{case}");
        }
        (Ok(reply), Outcome::Cut) => assert_eq!(reply.stop, Stop::Length, "{case}"),
        (Ok(reply), Outcome::Fails(faults)) => {
            panic!("{case}: {faults:?} expected, but {:?}", reply.text)
        }
        (Err(error), Outcome::Fails(faults)) => {
            assert!(
                faults.contains(&error.fault),
                "{case}: {:?} {error}",
                error.fault
            );
            is_clear(&error, &case);
        }
        (Err(error), _) => panic!("{case}: {:?} {error}", error.fault),
    }
}

#[test]
fn every_fault_in_every_protocol_at_every_moment() {
    let elsewhere = Provider::start();
    let mut cases = Vec::new();
    for fault in Fault::all(&elsewhere.address()) {
        for api in Api::ALL {
            cases.extend(Moment::ALL.map(|moment| (api, fault.clone(), moment)));
        }
    }
    let kinds: BTreeSet<u8> = cases.iter().map(|(_, fault, _)| fault.kind()).collect();
    // Kind 8, bad certificates, has a test of its own among the keys.
    assert_eq!(kinds.len(), 29);
    let count = cases.len();
    let (cases, failed) = (Mutex::new(cases), Mutex::new(Vec::new()));
    // Most of them wait for a deadline: many at a time.
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                while let Some((api, fault, moment)) = { cases.lock().expect("cases").pop() } {
                    // A busy machine can be late for the short deadlines: what fails gets longer ones, once.
                    let play =
                        |patience| std::panic::catch_unwind(|| play(api, &fault, moment, patience));
                    if let Err(panic) = play(1).or_else(|_| play(8)) {
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
    assert_eq!(elsewhere.connections().0, 0, "a redirect was followed");
}

/// Kind 7: no such name, nobody there.
#[test]
fn nobody_at_home() {
    let nowhere = Nowhere::new();
    let address = nowhere.address();
    for (address, says) in [
        (address.as_str(), "nobody listens"),
        ("https://no-such-host.invalid", "looked up"),
    ] {
        for api in Api::ALL {
            let asked = ask(
                &providers(
                    ours(api),
                    address,
                    Duration::from_secs(8),
                    Duration::from_secs(4),
                ),
                &request(),
            );
            let error = asked.result.expect_err("nobody");
            assert_eq!(error.fault, Unreachable, "{error}");
            assert!(error.message.contains(says), "{error}");
            is_clear(&error, address);
            // Nobody was there to be paid.
            assert_eq!(error.usage, base::model::Usage::default());
        }
    }
}

/// Words in an address are no reasons.
#[test]
fn an_address_may_hold_any_word() {
    let nowhere = Nowhere::new();
    let odd = format!(
        "{}/407/proxy-authorization-required/tunnel-error/dns-error",
        nowhere.address()
    );
    let (total, idle) = (Duration::from_secs(8), Duration::from_secs(4));
    let asked = ask(&providers(ours(Api::OpenAi), &odd, total, idle), &request());
    let error = asked.result.expect_err("nobody");
    assert!(error.message.contains("nobody listens"), "{error}");
    assert_eq!(asked.follower.attempts.len(), 3);
}

/// What a hostile model says stays text: it comes back whole or as an error, and nothing breaks.
#[test]
fn a_hostile_model_is_survived() {
    for api in Api::ALL {
        let provider = Provider::hostile(7);
        let providers = providers(
            ours(api),
            &provider.base_url(api),
            Duration::from_secs(10),
            Duration::from_secs(5),
        );
        let mut answers = 0;
        for _ in 0..60 {
            match ask(&providers, &request()).result {
                Ok(_) => answers += 1,
                Err(error) => is_clear(&error, "hostile"),
            }
        }
        assert!(answers > 20, "{api:?}: {answers}");
    }
}
