//! How the client behaves towards a provider, and towards who waits for it: retries, rests, deadlines, stopping.

use std::time::Duration;

use base::model::Usage;
use base::{Cancel, ModelFault};
use serde_json::json;
use test_provider::{Api, Fault, Moment, Provider, Reply, Tokens};

use crate::ask::{ask, ask_until, is_clear, ours, patient, providers, request};

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_second_attempt_replaces_the_first() {
    for api in Api::ALL {
        let provider = Provider::start();
        let tokens = Tokens {
            input: 50,
            cached: 0,
            cache_written: 0,
            output: 7,
        };
        provider.say(
            Reply::text("half of this was lost")
                .tokens(Some(tokens))
                .with(Fault::Eof, Moment::Middle),
        );
        provider.say(Reply::text("whole").tokens(Some(tokens)));
        let asked = ask(&patient(api, &provider), &request());
        let reply = asked.result.expect("an answer");
        assert_eq!(
            (reply.text.as_str(), asked.follower.text.as_str()),
            ("whole", "whole")
        );
        assert_eq!((asked.follower.restarts, provider.requests().len()), (1, 2));
        let numbers: Vec<u32> = asked
            .follower
            .attempts
            .iter()
            .map(|attempt| attempt.number)
            .collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(
            asked.follower.attempts[0].hash,
            asked.follower.attempts[1].hash
        );
        // The lost attempt is paid for and counted.
        let sum = asked
            .follower
            .ended
            .iter()
            .fold(Usage::default(), |sum, (usage, _)| sum.plus(*usage));
        assert_eq!(reply.usage, sum);
        assert!(
            reply.usage.input_tokens >= 60
                && reply.usage.output_tokens >= 8
                && reply.usage.estimated,
            "{:?}",
            reply.usage
        );
    }
}

#[test]
fn what_the_server_asks_for_is_waited() {
    for fault in [
        Fault::LimitedSeconds(1),
        Fault::LimitedMillis(700),
        Fault::LimitedDate(2),
    ] {
        let provider = Provider::start();
        provider.say(Reply::text("").with(fault.clone(), Moment::Before));
        let asked = ask(&patient(Api::OpenAi, &provider), &request());
        asked.result.expect("an answer");
        let at_least = if matches!(fault, Fault::LimitedMillis(_)) {
            700
        } else {
            990
        };
        assert!(
            asked.took >= Duration::from_millis(at_least),
            "{fault:?}: {:?}",
            asked.took
        );
    }
}

/// A day is not waited, and neither is anything longer than the deadline.
#[test]
fn what_takes_too_long_fails_at_once() {
    for fault in [
        Fault::LimitedDay,
        Fault::LimitedSeconds(30),
        Fault::LimitedDate(3600),
    ] {
        let provider = Provider::start();
        provider.answer(move |_| Reply::text("").with(fault.clone(), Moment::Before));
        let asked = ask(&patient(Api::Anthropic, &provider), &request());
        let error = asked.result.expect_err("limited");
        assert_eq!(
            (error.fault, provider.requests().len()),
            (ModelFault::Limited, 1)
        );
        assert!(error.message.contains("wait"), "{error}");
        is_clear(&error, "limited");
        assert!(asked.took < Duration::from_secs(5));
    }
}

/// A provider that always fails is asked three times, then twice, then left alone.
#[test]
fn a_failing_provider_is_left_alone() {
    for fault in [
        Fault::Limited,
        Fault::Overloaded,
        Fault::Status(500),
        Fault::Refused,
    ] {
        let provider = Provider::start();
        let failing = fault.clone();
        provider.answer(move |_| Reply::text("").with(failing.clone(), Moment::Before));
        let providers = patient(Api::OpenAi, &provider);
        let asked: Vec<_> = (0..4).map(|_| ask(&providers, &request())).collect();
        let attempts: Vec<usize> = asked
            .iter()
            .map(|asked| asked.follower.attempts.len())
            .collect();
        let told: Vec<_> = asked.iter().map(|asked| &asked.follower.ended).collect();
        assert_eq!(attempts, [3, 2, 0, 0], "{fault:?}: {told:?}");
        assert_eq!(provider.requests().len(), 5);
        let last = asked[3].result.clone().expect_err("a rest");
        assert_eq!(last.fault, ModelFault::Paused);
        is_clear(&last, "paused");
    }
}

/// What is no illness is not tried again, and does not count against the provider.
#[test]
fn what_will_not_get_better_is_not_tried_again() {
    for fault in [
        Fault::Quota,
        Fault::Unauthorized,
        Fault::Forbidden,
        Fault::UnknownModel,
        Fault::TooLong,
        Fault::Refusal,
    ] {
        for api in Api::ALL {
            // Ollama has no way to refuse; its words for a used up quota are prose.
            if api == Api::Ollama && matches!(fault, Fault::Refusal | Fault::Quota) {
                continue;
            }
            let provider = Provider::start();
            let failing = fault.clone();
            provider.answer(move |_| Reply::text("no").with(failing.clone(), Moment::Before));
            let providers = patient(api, &provider);
            for _ in 0..7 {
                let asked = ask(&providers, &request());
                asked.result.expect_err("a refusal");
                assert_eq!(asked.follower.attempts.len(), 1, "{api:?} {fault:?}");
            }
        }
    }
}

/// Stopping closes the connection, whatever the provider is doing.
#[test]
fn stopping_closes_the_connection() {
    let cases = [
        (Fault::NoHeaders, Moment::Before),
        (Fault::Stall, Moment::Start),
        (Fault::Stall, Moment::Middle),
        (Fault::Trickle(Duration::from_secs(1)), Moment::Middle),
        (Fault::Endless, Moment::Middle),
    ];
    for api in Api::ALL {
        for (fault, moment) in &cases {
            let provider = Provider::start();
            provider.say(Reply::text("a text of some length").with(fault.clone(), *moment));
            let providers = patient(api, &provider);
            let cancel = Cancel::new();
            let ours = cancel.clone();
            let (asked, closed) = std::thread::scope(|scope| {
                let stopper = scope.spawn(|| {
                    assert!(provider.wait_until_asked(1, LONG));
                    // Into the middle of it.
                    std::thread::sleep(Duration::from_millis(if *fault == Fault::Endless {
                        5
                    } else {
                        80
                    }));
                    ours.cancel();
                    provider.wait_until_left(1, LONG)
                });
                let asked = ask_until(&providers, &request(), &cancel);
                (asked, stopper.join().expect("stopped"))
            });
            let error = asked.result.expect_err("stopped");
            if *fault != Fault::Endless {
                assert_eq!(
                    error.fault,
                    ModelFault::Cancelled,
                    "{api:?} {fault:?}: {error}"
                );
            }
            is_clear(&error, "stopped");
            assert!(
                closed.is_some(),
                "{api:?} {fault:?} {moment:?}: the connection stayed open"
            );
            assert_eq!(provider.requests().len(), 1);
        }
    }
}

/// Dropping the future has the same effect.
#[test]
fn giving_up_closes_the_connection() {
    use base::model::Model;
    let provider = Provider::start();
    provider.say(Reply::text("a text of some length").with(Fault::Stall, Moment::Middle));
    let providers = patient(Api::Anthropic, &provider);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let (request, cancel) = (request(), Cancel::new());
    let mut follower = crate::ask::Follower::default();
    runtime.block_on(async {
        let sending = providers.send(&request, &mut follower, &cancel);
        let ended = tokio::time::timeout(Duration::from_millis(300), sending).await;
        assert!(ended.is_err());
    });
    assert!(provider.wait_until_left(1, LONG).is_some());
}

/// A cancel that came before, and one that comes during a pause.
#[test]
fn a_pause_can_be_stopped() {
    let provider = Provider::start();
    provider.say(Reply::text("").with(Fault::LimitedSeconds(10), Moment::Before));
    let providers = patient(Api::OpenAi, &provider);
    let cancel = Cancel::new();
    let ours = cancel.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert!(provider.wait_until_asked(1, LONG));
            std::thread::sleep(Duration::from_millis(100));
            ours.cancel();
        });
        let asked = ask_until(&providers, &request(), &cancel);
        assert_eq!(
            asked.result.expect_err("stopped").fault,
            ModelFault::Cancelled
        );
        assert!(asked.took < Duration::from_secs(5));
    });
}

/// Who follows may say no: then nothing leaves.
#[test]
fn the_follower_has_the_last_word() {
    use base::model::Model;
    let provider = Provider::start();
    let providers = patient(Api::OpenAi, &provider);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut follower = crate::ask::Follower {
        refuse: Some("the budget of this month is used up".to_owned()),
        ..Default::default()
    };
    let (request, cancel) = (request(), Cancel::new());
    let error = runtime
        .block_on(providers.send(&request, &mut follower, &cancel))
        .expect_err("refused");
    assert_eq!(
        (error.fault, error.message.as_str()),
        (
            ModelFault::NotAllowed,
            "the budget of this month is used up"
        )
    );
    assert_eq!((provider.connections().0, follower.ended.len()), (0, 0));
    let attempt = &follower.attempts[0];
    assert_eq!(
        (attempt.places.clone(), attempt.max_output_tokens),
        (vec!["src/a.rs:1-3".to_owned()], 1000)
    );
    assert_eq!(attempt.max_cost_micro_usd, None);
}

/// Ollama cuts what is too long without a word: we say it instead.
#[test]
fn a_prompt_that_does_not_fit_is_not_sent_to_ollama() {
    let provider = Provider::start();
    let mut request = request();
    request.system = crate::ask::prompt(&"word ".repeat(20_000));
    let asked = ask(&patient(Api::Ollama, &provider), &request);
    let error = asked.result.expect_err("too long");
    assert_eq!(
        (error.fault, provider.connections().0),
        (ModelFault::TooLong, 0)
    );
    assert!(error.message.contains("context_tokens"), "{error}");
    request.system = crate::ask::prompt("short");
    ask(&patient(Api::Ollama, &provider), &request)
        .result
        .expect("an answer");
    assert_eq!(
        provider.requests()[0].json()["options"],
        json!({"num_ctx": 16384, "num_predict": 1000, "temperature": 0})
    );
}

/// Nothing is waited for longer than the deadline says, retries included.
#[test]
fn the_deadline_holds_for_everything_together() {
    let provider = Provider::start();
    provider.answer(|_| Reply::text("").with(Fault::NoHeaders, Moment::Before));
    let (total, idle) = (Duration::from_millis(900), Duration::from_millis(400));
    let providers = providers(
        ours(Api::OpenAi),
        &provider.base_url(Api::OpenAi),
        total,
        idle,
    );
    let asked = ask(&providers, &request());
    assert_eq!(asked.result.expect_err("late").fault, ModelFault::TimedOut);
    assert!(
        asked.took >= total && asked.took < total + Duration::from_secs(3),
        "{:?}",
        asked.took
    );
}

/// What runs on this machine is found; what does not is not asked.
#[test]
fn models_on_this_machine_are_found() {
    let (provider, nowhere) = (Provider::start(), test_provider::Nowhere::new());
    let base = provider.base_url(Api::OpenAi);
    let address = nowhere.address();
    let places = [
        (ours(Api::Ollama), provider.address()),
        (ours(Api::OpenAi), base.clone()),
        (ours(Api::OpenAi), address),
        (ours(Api::OpenAi), "http://models.example/v1".to_owned()),
    ];
    let places: Vec<_> = places
        .iter()
        .map(|(api, base)| (*api, base.as_str()))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let running = runtime.block_on(llm::running_here(&places));
    let found: Vec<_> = running
        .iter()
        .map(|running| running.base_url.as_str())
        .collect();
    assert_eq!(found, [provider.address().as_str(), base.as_str()]);
    assert_eq!(running[0].models, ["test-model"]);
    assert_eq!(running[1].models, ["test-model"]);
    assert!(
        provider
            .requests()
            .iter()
            .all(|request| request.body.is_empty())
    );
}

/// Who stops before the start sends nothing.
#[test]
fn stopped_before_the_start() {
    let provider = Provider::start();
    let cancel = Cancel::new();
    cancel.cancel();
    let asked = ask_until(&patient(Api::OpenAi, &provider), &request(), &cancel);
    let error = asked.result.expect_err("stopped");
    assert_eq!(
        (error.fault, error.usage),
        (ModelFault::Cancelled, Usage::default())
    );
    assert_eq!(provider.connections().0, 0);
}

/// Many at once, some of them failing: each gets its own answer.
#[test]
fn many_requests_at_once() {
    use base::model::{Message, Model};
    for api in Api::ALL {
        let provider = Provider::start();
        provider.answer(|request| {
            let text = request.text();
            let number: usize = text
                .split("number ")
                .nth(1)
                .and_then(|rest| rest.split('.').next()?.parse().ok())
                .unwrap_or(0);
            let reply = Reply::text(format!("answer to {number}, {}", "word ".repeat(200)));
            if number % 8 == 7 {
                reply.with(Fault::Unauthorized, Moment::Before)
            } else {
                reply
            }
        });
        let providers = std::sync::Arc::new(patient(api, &provider));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let tasks: Vec<_> = (0..40)
                .map(|number| {
                    let providers = std::sync::Arc::clone(&providers);
                    tokio::spawn(async move {
                        let mut request = request();
                        request.messages = vec![Message::User {
                            text: crate::ask::prompt(&format!("number {number}.")),
                            cache: false,
                        }];
                        let mut follower = crate::ask::Follower::default();
                        let cancel = Cancel::new();
                        (
                            number,
                            providers.send(&request, &mut follower, &cancel).await,
                        )
                    })
                })
                .collect();
            for task in tasks {
                let (number, result) = task.await.expect("no panic");
                match result {
                    Ok(reply) => {
                        assert!(number % 8 != 7);
                        assert!(
                            reply.text.starts_with(&format!("answer to {number},")),
                            "{}",
                            reply.text
                        );
                    }
                    Err(error) => assert!(number % 8 == 7, "{number}: {error}"),
                }
            }
        });
    }
}
