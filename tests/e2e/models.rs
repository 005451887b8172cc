//! Language models, from the command line to the wire: the real binary against a provider of our own on this machine.

use serde_json::{Value, json};
use test_provider::{Api, Provider, Recorded, Reply};

use crate::support::{Ran, Sandbox, fake_key};

#[test]
fn without_a_model_there_is_nothing_to_pay() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox.run("usage").exits(0).shows(&[
        "Today",
        "0 requests",
        "$0.00 of $5.00",
        "as they were written",
    ]);
    let json = sandbox.run("usage --format json").exits(0).stdout;
    let usage: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(usage["schema"], "obelus.usage/1");
    assert_eq!(
        (&usage["today"]["requests"], &usage["record"]["broken"]),
        (&0.into(), &Value::Null)
    );
    let state = sandbox.home().join("state/obelus");
    assert!(!state.exists(), "looking makes no file");
}

#[test]
fn the_doctor_says_what_works() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox.run("doctor").exits(0).shows(&[
        "git ",
        "index ",
        "trust ",
        "configuration ",
        "state ",
        "record ",
        "none is named",
    ]);
    sandbox.write(
        "package.json",
        r#"{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "3"}}"#,
    );
    sandbox.write("src/a.ts", "export {};\n");
    sandbox.run("doctor").exits(0).shows(&[
        "languages      typescript (1)",
        "packages       npm",
        "tools          Vitest",
        "test           `npm run test`",
    ]);
    let json = sandbox.run("doctor --format json").exits(0).stdout;
    let doctor: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&doctor["schema"], &doctor["works"]),
        (&"obelus.doctor/1".into(), &true.into())
    );
    let part = &doctor["project"]["parts"][0];
    assert_eq!(
        (&part["ecosystem"], &part["manager"]),
        (&"npm".into(), &"npm".into())
    );
    assert_eq!(
        part["commands"][0]["named_by"],
        "package.json: scripts.test: vitest run"
    );
    sandbox.write("obelus.toml", "profil = 1\n");
    sandbox
        .run("doctor")
        .exits(3)
        .shows(&["fails", "obelus.toml:1: profil: unknown key"]);
}

#[test]
fn a_key_is_for_the_keyring_alone() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    let off = [("OBELUS_KEYRING", "off")];
    // Standard input is empty here.
    let ran = sandbox.run_with(&off, "config set-key anthropic").exits(2);
    ran.says(&["no key was given"]);
    let ran = sandbox.run_with(&off, "config set-key antropic").exits(2);
    ran.says(&["no provider is called `antropic`", "anthropic"]);
}

/// A change with a defect that no built-in check finds.
const OLD: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";
pub(crate) const NEW: &str =
    "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().skip(1).sum()\n}\n";

/// What the model says of it.
pub(crate) fn remark() -> String {
    json!({"findings": [{
        "path": "src/total.rs",
        "line_tag": "",
        "line": 2,
        "quote": "    prices.iter().skip(1).sum()",
        "symbol": "total",
        "category": "bug",
        "severity": "error",
        "confidence": 0.95,
        "title": "The first price is left out of the sum",
        "explanation": "`skip(1)` drops the first price, so every total is too small. With one price the sum is 0.",
        "claims": [],
        "fix": null,
    }]})
    .to_string()
}

/// A provider that finds the defect and stands by it.
pub(crate) fn reviewer() -> Provider {
    let provider = Provider::start();
    provider.answer(|request| {
        let looks_again = request.text().contains("Your task is to refute it");
        match looks_again {
            true => Reply::text(r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#),
            false => Reply::text(remark()),
        }
    });
    provider
}

pub(crate) const KEY: &str = "not-a-real-key-0123456789";

/// The change, and a user who has a provider called `own`, with a price.
pub(crate) fn changed(provider: &Provider, more: &str) -> Sandbox {
    let sandbox = Sandbox::committed(&[("src/total.rs", OLD)]);
    sandbox.write("src/total.rs", NEW);
    configured(&sandbox, &provider.base_url(Api::Anthropic), more);
    sandbox
}

pub(crate) fn configured(sandbox: &Sandbox, address: &str, more: &str) {
    let config = format!(
        "[providers.own]\napi = \"anthropic\"\nbase_url = \"{address}\"\nkey_env = \"OWN_KEY\"\n\
         [prices]\n\"own/m\" = {{ input = 3, output = 15 }}\n{more}\n"
    );
    let folder = sandbox.home().join("config/obelus");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), config).expect("a file");
}

/// Runs `obelus` with the key in the environment; the key is in nothing that comes out.
pub(crate) fn run(sandbox: &Sandbox, args: &str) -> Ran {
    let ran = sandbox.run_with(&[("OWN_KEY", KEY)], args);
    assert!(
        !ran.stdout.contains(KEY) && !ran.stderr.contains(KEY),
        "the key was printed"
    );
    ran
}

fn used(sandbox: &Sandbox) -> Value {
    let json = run(sandbox, "usage --format json").exits(0).stdout;
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn a_model_reviews_once_and_what_it_cost_is_said() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    let ran = run(&sandbox, "review --model own/m").exits(1);
    let ran = ran.shows(&["The first price is left out of the sum", "src/total.rs:2"]);
    ran.says(&[
        "asking own/m: 1 request of about",
        "at most $0.",
        "own/m: 2 requests, 200 tokens read, 40 written, $0.0012",
    ]);
    let first = provider.requests().len();
    assert_eq!(first, 2, "one to find, one to look again");
    for request in provider.requests() {
        assert_eq!(request.header("x-api-key"), Some(KEY));
    }
    let again = run(&sandbox, "review --model own/m --format json").exits(1);
    let again = again.says(&["own/m: no request, $0.00, 1 group judged before"]);
    let report: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(report["findings"][0]["check"], "model");
    assert_eq!(
        (
            &report["stats"]["model"]["name"],
            &report["stats"]["model"]["requests"]
        ),
        (&"own/m".into(), &0.into())
    );
    assert_eq!(provider.requests().len(), first, "nothing is asked twice");
    run(&sandbox, "review --model own/m --no-cache").exits(1);
    assert_eq!(provider.requests().len(), first * 2, "unless it is wanted");
    let usage = used(&sandbox);
    assert_eq!(
        (&usage["today"]["requests"], &usage["days"][0]["model"]),
        (&4.into(), &"own/m".into())
    );
    assert_eq!(
        (&usage["today"]["cost_usd"], &usage["record"]["requests"]),
        (&json!(0.0024), &4.into())
    );
    run(&sandbox, "usage").exits(0).shows(&[
        "4 requests",
        "own/m",
        "$0.0024",
        "as they were written",
    ]);
    // The record says what was sent, and a change in it is found.
    let record = sandbox.home().join("state/obelus/requests.jsonl");
    let text = std::fs::read_to_string(&record).expect("the record");
    assert!(
        text.contains("src/total.rs:")
            && text.contains("\"role\":\"verify\"")
            && !text.contains(KEY)
    );
    std::fs::write(&record, text.replacen("\"own/m\"", "\"own/n\"", 1)).expect("written");
    run(&sandbox, "usage")
        .exits(3)
        .shows(&["was changed", "line 2"]);
    run(&sandbox, "doctor --model none")
        .exits(3)
        .shows(&["record", "line 2"]);
}

#[test]
fn what_was_held_back_is_shown_on_request() {
    let provider = Provider::start();
    let lines: Vec<String> = (0..6)
        .map(|n| format!("pub fn f{n}(a: u32) -> u32 {{ a / {n} }}"))
        .collect();
    let remarks: Vec<Value> = (0..6)
        .map(|n| {
            let mut remark: Value = serde_json::from_str(&remark()).expect("JSON");
            let mut own = remark["findings"][0].take();
            own["path"] = json!("src/new.rs");
            own["quote"] = json!(if n == 5 { "nowhere" } else { lines[n].as_str() });
            own["title"] = json!(format!("Divides in case {n}"));
            own
        })
        .collect();
    provider.answer(
        move |request| match request.text().contains("Your task is to refute it") {
            true => Reply::text(r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#),
            false => Reply::text(json!({"findings": remarks}).to_string()),
        },
    );
    let sandbox = changed(&provider, "");
    sandbox.write("src/total.rs", OLD);
    let lines: Vec<String> = (0..6)
        .map(|n| format!("pub fn f{n}(a: u32) -> u32 {{ a / {n} }}\n\n"))
        .collect();
    sandbox.write("src/new.rs", lines.concat());
    let ran = run(&sandbox, "review --model own/m").exits(1);
    let ran = ran.says(&["2 remarks held back (-v shows them)"]);
    let shown = |ran: &Ran| ran.stdout.matches("Divides in case").count();
    assert_eq!(shown(&ran), 3, "{}", ran.stdout);
    let asked = provider.requests().len();
    // On request all of them, and nobody is asked again for it.
    let ran = run(&sandbox, "review --model own/m -v").exits(1);
    assert_eq!(
        (shown(&ran), provider.requests().len()),
        (5, asked),
        "{}",
        ran.stdout
    );
    ran.shows(&["Held back"]);
    run(&sandbox, "review --model own/m -v --no-cache")
        .exits(1)
        .shows(&["Remarks of the model that are not shown: 1 "]);
}

#[test]
fn secrets_are_not_on_the_wire() {
    let provider = Provider::start();
    provider.answer(|_| Reply::text(r#"{"findings": []}"#));
    let sandbox = changed(
        &provider,
        "[budget]\nreview_usd = 5\nreview_tokens = 400000",
    );
    // Put together here so that no file holds them; none of them was ever issued.
    let letters = "Zq8Rw2Lk5Vt9Xc3Bn7Mf1Hd6Js4Gp0YaTuEiOWKNxvzbrmQy".repeat(3);
    let values: Vec<String> = [
        ("AKIA", 0),
        ("ghp_", 36),
        ("glpat-", 20),
        ("xoxb-", 40),
        ("sk_live_", 24),
        ("AIza", 35),
        ("npm_", 36),
        ("SG.", 66),
        ("dop_v1_", 64),
        ("hvs.", 90),
        ("", 40),
        ("", 32),
    ]
    .iter()
    .map(|(start, length)| match length {
        0 => fake_key(),
        length => format!("{start}{}", &letters[..*length]),
    })
    .collect();
    let mut planted = 0;
    for (name, line) in [
        ("a.py", "password = \"VALUE\""),
        ("a.rs", "let api_key = \"VALUE\";"),
        ("a.ts", "const secret = 'VALUE';"),
        ("a.go", "token := \"VALUE\""),
        ("A.java", "String password = \"VALUE\";"),
        ("a.yaml", "token: VALUE"),
        ("a.json", "{\"password\": \"VALUE\"}"),
        ("a.tf", "secret_key = \"VALUE\""),
        ("a.sh", "export API_TOKEN=VALUE"),
        ("a.rb", "secret = 'VALUE'"),
    ] {
        for (at, value) in values.iter().enumerate() {
            sandbox.write(
                &format!("src/d{at}/{name}"),
                format!("{}\n", line.replace("VALUE", value)),
            );
            planted += 1;
        }
    }
    run(&sandbox, "review --model own/m --fail-on never").exits(0);
    let sent: String = provider
        .requests()
        .iter()
        .map(Recorded::everything)
        .collect();
    let leaked: Vec<_> = values
        .iter()
        .filter(|value| sent.contains(value.as_str()))
        .collect();
    assert!(planted == 120 && leaked.is_empty(), "{leaked:?}");
    // They were there to be sent: the names beside them were.
    for name in ["api_key", "secret_key", "API_TOKEN"] {
        assert!(sent.contains(name), "{name}");
    }
}

#[test]
fn nobody_is_asked_who_was_not_named() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    let address = provider.base_url(Api::Anthropic);
    sandbox.write(
        "obelus.toml",
        format!("[providers.evil]\napi = \"anthropic\"\nbase_url = \"{address}\"\n[models]\nreview = \"evil/m\"\n"),
    );
    let keys = [
        ("OWN_KEY", KEY),
        ("ANTHROPIC_API_KEY", KEY),
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", &address),
    ];
    let ran = sandbox.run_with(&keys, "review --format json").exits(0);
    let ran = ran.says(&["models: refused: only your own configuration file can set this"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["stats"]["model"], Value::Null);
    for args in [
        "review --model none",
        "review --profile quick --model own/m",
        "review --all --model own/m",
        "review --model own/m --dry-run",
    ] {
        run(&sandbox, args).exits(0);
    }
    assert_eq!(provider.requests().len(), 0);
}

#[test]
fn the_users_own_file_is_consent() {
    let provider = reviewer();
    let sandbox = changed(&provider, "[models]\nreview = \"own/m\"");
    run(&sandbox, "review --model none").exits(0);
    assert_eq!(provider.requests().len(), 0);
    run(&sandbox, "review").exits(1).shows(&["The first price"]);
    assert_eq!(provider.requests().len(), 2);
}

#[test]
fn a_dry_run_shows_what_is_sent_to_the_byte() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    // Nothing is sent, so no key is needed.
    let json = sandbox
        .run("review --model own/m --dry-run --format json")
        .exits(0);
    let json = json.says(&["nothing was sent: 1 request"]);
    let dry: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let human = sandbox
        .run("review --model own/m --dry-run")
        .exits(0)
        .stdout;
    assert_eq!(provider.requests().len(), 0);
    run(&sandbox, "review --model own/m").exits(1);
    let sent = &provider.requests()[0];
    assert_eq!(dry["requests"][0]["body"], sent.text());
    let address = format!("{}{}", provider.base_url(Api::Anthropic), sent.path);
    assert_eq!(human, format!("POST {address}\n\n{}\n\n", sent.text()));
}

#[test]
fn a_limit_of_money_stops_it_and_is_not_called_clean() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    let ran = run(&sandbox, "review --model own/m --max-cost 0.0001").exits(4);
    ran.shows(&["Not reviewed:", "src/total.rs", "--max-cost"]);
    assert_eq!(
        provider.requests().len(),
        0,
        "it is looked at before anything is sent"
    );
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[budget]\nday_usd = 0.0001",
    );
    run(&sandbox, "review --model own/m")
        .exits(4)
        .shows(&["budget.day_usd"]);
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[budget]\nrequests_per_hour = 0",
    );
    run(&sandbox, "review --model own/m")
        .exits(4)
        .shows(&["budget.requests_per_hour"]);
    run(&sandbox, "review --model own/m --allow-incomplete").exits(0);
    assert_eq!(provider.requests().len(), 0);
    assert_eq!(used(&sandbox)["today"]["requests"], 0);
}

#[test]
fn a_provider_that_is_not_there_costs_one_line() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    // Nobody listens there any more.
    drop(provider);
    sandbox.write("b.txt", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n");
    let ran = run(&sandbox, "review --model own/m").exits(1);
    let told: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.contains("own"))
        .collect();
    assert_eq!(told.len(), 1, "{}", ran.stdout);
    ran.shows(&["conflict", "not reviewed by the model"]);
    // Without a key nobody is called.
    let ran = run(&sandbox, "review --model anthropic/some-model").exits(1);
    ran.shows(&["conflict", "not reviewed by the model", "ANTHROPIC_API_KEY"]);
}

#[test]
fn what_must_stay_here_is_not_sent() {
    let provider = reviewer();
    let sandbox = changed(
        &provider,
        "[privacy]\nnever_send = [\"secret/**\"]\nlocal_only = [\"draft/**\"]",
    );
    sandbox.write("obelus.toml", "[privacy]\nnever_send = [\"patent.rs\"]\n");
    for path in [
        "secret/a.rs",
        "draft/a.rs",
        "patent.rs",
        ".env.local",
        "src/shown.rs",
    ] {
        let name = path.replace(['/', '.'], "_");
        sandbox.write(
            path,
            format!("pub fn canary_{name}() -> u32 {{\n    41\n}}\n"),
        );
    }
    let ran = run(&sandbox, "review --model own/m");
    ran.shows(&[
        "secret/a.rs",
        "not shown to the model (secret/**)",
        "patent.rs",
    ]);
    let sent = || -> String {
        provider
            .requests()
            .iter()
            .map(Recorded::everything)
            .collect()
    };
    assert!(sent().contains("canary_src_shown_rs"));
    for canary in [
        "canary_secret_a_rs",
        "canary_patent_rs",
        "canary__env_local",
        "canary_draft_a_rs",
    ] {
        assert!(!sent().contains(canary), "{canary}");
    }
    // A provider that runs here, as the user says, is shown what may not leave.
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    let file = sandbox.home().join("config/obelus/config.toml");
    let text = std::fs::read_to_string(&file).expect("a file");
    let local = "local = true\n[privacy]\nlocal_only = [\"draft/**\"]\n[prices]";
    std::fs::write(&file, text.replace("[prices]", local)).expect("written");
    run(&sandbox, "review --model own/m");
    assert!(sent().contains("canary_draft_a_rs"));
}

#[test]
fn a_bundle_holds_what_a_report_needs_and_nothing_of_the_users() {
    let provider = reviewer();
    let sandbox = changed(&provider, "[models]\nreview = \"own/m\"\n");
    let work = sandbox.work().canonicalize().expect("a folder");
    let log = sandbox.tmp().join("server.log");
    let lines = format!("first\n{}/src/total.rs: {KEY}\n", work.display());
    std::fs::write(&log, lines).expect("written");
    let bundle = sandbox.tmp().join("bundle.json");
    let flags = format!(
        "doctor --model none --bundle {} --log {}",
        bundle.display(),
        log.display()
    );
    run(&sandbox, &flags).says(&["no code and no keys"]);
    let text = std::fs::read_to_string(&bundle).expect("a bundle");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(told["schema"], "obelus.bundle/1");
    assert_eq!(
        told["log"],
        serde_json::json!(["first", "./src/total.rs: ••••"])
    );
    assert!(
        told["checks"]
            .as_array()
            .is_some_and(|checks| checks.len() > 3),
        "{text}"
    );
    assert!(told["settings"]["profile"].is_string(), "{text}");
    let address = provider.base_url(Api::Anthropic);
    let work = work.display().to_string();
    for private in [KEY, work.as_str(), address.as_str(), "prices.iter()"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    // What is there is not replaced.
    run(&sandbox, &flags)
        .exits(3)
        .says(&["a file that is not there yet"]);
}

#[test]
fn the_doctor_tries_the_model() {
    let provider = Provider::start();
    let sandbox = changed(&provider, "");
    provider.say(Reply::text("{\"ready\": true}"));
    provider.say(Reply::call("note_word", json!({"word": "ready"})));
    let ran = run(&sandbox, "doctor --model own/m").exits(0);
    ran.shows(&["model own/m", "answers", "key from OWN_KEY", "$3.00 in"]);
    provider.say(Reply::text("I would rather not"));
    provider.say(Reply::text("no"));
    run(&sandbox, "doctor --model own/m")
        .exits(0)
        .shows(&["did not answer in the form", "called no tool"]);
    assert_eq!(
        used(&sandbox)["today"]["requests"],
        4,
        "what the doctor asks is counted too"
    );
    let ran = run(&sandbox, "doctor --model anthropic/some-model").exits(3);
    ran.shows(&["fails", "ANTHROPIC_API_KEY"]);
    drop(provider);
    run(&sandbox, "doctor --model own/m")
        .exits(3)
        .shows(&["fails", "model own/m"]);
}

#[test]
fn what_runs_on_this_machine_is_offered_and_not_used() {
    let provider = Provider::start();
    let sandbox = Sandbox::committed(&[("src/total.rs", OLD)]);
    sandbox.write("src/total.rs", NEW);
    let here = [("OLLAMA_HOST", provider.base_url(Api::Ollama))];
    let here = here.each_ref().map(|(name, value)| (*name, value.as_str()));
    let ran = sandbox.run_with(&here, "doctor").exits(0);
    ran.shows(&[
        "none is named, so none is used; Ollama runs on this machine",
        "review = \"ollama/test-model\"",
    ]);
    sandbox.run_with(&here, "review").exits(0);
    let posted = |request: &Recorded| request.method == "POST";
    assert!(!provider.requests().iter().any(posted));
}
