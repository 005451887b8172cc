//! Settings for language models: who may name one, what it may cost, what may leave the machine.

use std::sync::Arc;

use base::RelPath;
use base::memory::MemoryRepo;
use base::model::{ModelName, Price, Role};
use expect_test::expect;

use super::lines;
use crate::{Engine, Flags, Layers, Settings, Source, Trust};

fn settings(workspace: &str, user: &str, flags: Flags) -> Result<Settings, String> {
    with(workspace, user, flags, &[])
}

fn with(
    workspace: &str,
    user: &str,
    flags: Flags,
    environment: &[(&str, &str)],
) -> Result<Settings, String> {
    let repo = MemoryRepo::fixture(&format!("//- obelus.toml\n{workspace}\n"));
    let layers = Layers {
        user: Some(Source {
            name: "config.toml".into(),
            text: user.into(),
        }),
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        flags,
        ..Layers::default()
    };
    let engine = Engine::open(Arc::new(repo), layers, Trust::Worktree)
        .map_err(|problems| lines(&problems))?;
    Ok(engine.settings().clone())
}

fn model(name: &str) -> Flags {
    Flags {
        model: Some(name.into()),
        ..Flags::default()
    }
}

fn names(settings: &Settings, role: Role) -> Vec<String> {
    settings
        .models
        .of(role)
        .iter()
        .map(ModelName::to_string)
        .collect()
}

#[test]
fn nobody_is_asked_who_was_not_named() {
    let plain = settings(
        "",
        "[providers.anthropic]\nkey_env = \"MY_KEY\"",
        Flags::default(),
    )
    .expect("settings");
    for role in Role::ALL {
        assert!(
            plain.models.of(*role).is_empty(),
            "a provider is no consent"
        );
    }
    let asks = settings("", "[models]\nask = \"ollama/a\"", Flags::default()).expect("settings");
    assert_eq!(
        (names(&asks, Role::Ask), names(&asks, Role::Review)),
        (vec!["ollama/a".to_owned()], vec![])
    );
}

#[test]
fn roles_without_a_model_take_that_of_the_review() {
    let user = "[models]\nreview = [\"anthropic/a\", \"openai/b\"]\nverify = \"gemini/c\"";
    let settings = settings("", user, Flags::default()).expect("settings");
    assert_eq!(names(&settings, Role::Review), ["anthropic/a", "openai/b"]);
    assert_eq!(names(&settings, Role::Fix), ["anthropic/a", "openai/b"]);
    assert_eq!(names(&settings, Role::Verify), ["gemini/c"]);
    assert_eq!(settings.models.all().len(), 3);
}

#[test]
fn a_model_named_for_this_call_is_the_only_one() {
    let user = "[models]\nreview = \"anthropic/a\"\nverify = \"gemini/c\"";
    let chosen = settings("", user, model("ollama/x:7b")).expect("settings");
    for role in Role::ALL {
        assert_eq!(names(&chosen, *role), ["ollama/x:7b"]);
    }
    let by_environment =
        with("", user, Flags::default(), &[("OBELUS_MODEL", "openai/e")]).expect("settings");
    assert_eq!(names(&by_environment, Role::Verify), ["openai/e"]);
    let quick = Flags {
        profile: Some("quick".into()),
        ..Flags::default()
    };
    for (what, settings) in [
        ("none", settings("", user, model("none"))),
        (
            "none in the environment",
            with("", user, Flags::default(), &[("OBELUS_MODEL", "none")]),
        ),
        ("quick", settings("", user, quick)),
        (
            "switched off",
            settings("[checks]\nmodel = false", user, Flags::default()),
        ),
    ] {
        assert!(
            settings.expect("settings").models.all().is_empty(),
            "{what}"
        );
    }
}

#[test]
fn mistakes_about_models_are_named() {
    let user = r#"
[providers.own]
api = "openai"
[providers.other]
base_url = "https://example.com"
key_env = "sk-ant-secret"
[models]
review = "anthropci/x"
verify = ["openai/a", "gpt-5"]
[prices]
cheap = { input = 1, output = 2 }
"openai/x" = { input = -1, output = 2 }
"openai/y" = { input = 1 }
[budget]
review_us = 1
"#;
    let problems = settings("", user, Flags::default()).expect_err("problems");
    assert!(
        !problems.contains("sk-ant"),
        "a key in the wrong place is not repeated"
    );
    expect![[r#"
        config.toml:2: providers.own: `base_url` is missing: where it is reached
        config.toml:4: providers.other: `api` is missing: which protocol it speaks, anthropic, openai, gemini or ollama
        config.toml:6: providers.other.key_env: expected the name of an environment variable, such as `MY_API_KEY`; a key itself never stands in a file (`obelus config set-key` puts one into the system's keyring)
        config.toml:8: models.review: no provider is called `anthropci`; did you mean `anthropic`?
        config.toml:9: models.verify[1]: `gpt-5` is not a model's name: write `PROVIDER/model`, such as `ollama/qwen3-coder`
        config.toml:11: prices.cheap: expected `PROVIDER/model`
        config.toml:12: prices."openai/x".input: -1 is not between 0 and 1000000
        config.toml:13: prices."openai/y": the key `output` is missing
        config.toml:15: budget.review_us: unknown key; did you mean `review_usd`?"#]]
    .assert_eq(&problems);
    let flag = |name| settings("", "", model(name)).expect_err("a problem");
    expect![[r#"
        command line: --model: `gpt-5` is not a model's name: write `PROVIDER/model`, such as `ollama/qwen3-coder`
        command line: --model: no provider is called `olama`; did you mean `ollama`?"#]]
    .assert_eq(&format!("{}\n{}", flag("gpt-5"), flag("olama/x")));
    let cost = Flags {
        max_cost: Some(f64::NAN),
        ..Flags::default()
    };
    assert_eq!(
        settings("", "", cost).err().as_deref(),
        Some("command line: --max-cost: expected US dollars, 0 or more")
    );
}

#[test]
fn money_has_a_limit_that_nobody_set() {
    let plain = settings("", "", Flags::default()).expect("settings").budget;
    assert_eq!(
        (plain.review_micro_usd, plain.limits.day_micro_usd),
        (500_000, Some(5_000_000))
    );
    assert!(!plain.money_is_named);
    let user = "[budget]\nreview_usd = 0\nday_usd = 1.5\nmonth_usd = 20\nreview_tokens = 7\nrequests_per_hour = 9";
    let own = settings("", user, Flags::default())
        .expect("settings")
        .budget;
    assert_eq!((own.review_micro_usd, own.review_tokens), (0, Some(7)));
    assert_eq!(
        (
            own.limits.day_micro_usd,
            own.limits.month_micro_usd,
            own.limits.requests_per_hour
        ),
        (Some(1_500_000), Some(20_000_000), Some(9))
    );
    let flag = Flags {
        max_cost: Some(0.02),
        ..Flags::default()
    };
    let budget = settings("", user, flag).expect("settings").budget;
    assert_eq!(
        (budget.review_micro_usd, budget.money_is_named),
        (20_000, true)
    );
}

#[test]
fn a_workspace_only_adds_to_what_stays_here() {
    let user = "[privacy]\nnever_send = [\"secret/\"]\nlocal_only = [\"draft/**\"]";
    let workspace = "[privacy]\nnever_send = [\"patents/**\"]\nlocal_only = []";
    let settings = settings(workspace, user, Flags::default()).expect("settings");
    let never = |path: &str| {
        settings
            .privacy
            .never_sent(&RelPath::new(path).expect("a path"))
            .map(str::to_owned)
    };
    let local = |path: &str| {
        settings
            .privacy
            .only_local(&RelPath::new(path).expect("a path"))
            .map(str::to_owned)
    };
    assert_eq!((never("src/a.rs"), local("src/a.rs")), (None, None));
    assert_eq!(never("x/secret/a.rs").as_deref(), Some("secret/"));
    assert_eq!(never("patents/deep/a.rs").as_deref(), Some("patents/**"));
    assert_eq!(never("deploy/.env.production").as_deref(), Some(".env.*"));
    assert_eq!(never("a/id_ed25519").as_deref(), Some("id_ed25519"));
    assert_eq!(
        (never("draft/a.rs"), local("draft/a.rs").as_deref()),
        (None, Some("draft/**"))
    );
}

#[test]
fn providers_and_prices_are_meant_as_written() {
    let user = r#"
[providers.own]
api = "openai"
base_url = "http://10.0.0.1:8000/v1"
plain_http = true
context_tokens = 32000
[providers.openai]
key_env = "WORK_KEY"
[models]
deadline_seconds = 90
[prices]
"own/m" = { input = 0.25, output = 1.5, cached = 0.025 }
"#;
    let settings = settings("", user, Flags::default()).expect("settings");
    let shown: Vec<_> = settings
        .providers
        .iter()
        .map(|p| {
            format!(
                "{} {:?} {:?} {:?} {}",
                p.name, p.api, p.base_url, p.key_env, p.plain_http
            )
        })
        .collect();
    expect![[r#"
        anthropic Anthropic None Some("ANTHROPIC_API_KEY") false
        gemini Gemini None Some("GEMINI_API_KEY") false
        ollama Ollama None None false
        openai Openai None Some("WORK_KEY") false
        own Openai Some("http://10.0.0.1:8000/v1") None true"#]]
    .assert_eq(&shown.join("\n"));
    let price = settings.prices[&ModelName::parse("own/m").expect("a name")];
    let expected = Price {
        input: 250_000,
        cached: 25_000,
        cache_written: 250_000,
        output: 1_500_000,
    };
    assert_eq!(price, expected);
    assert_eq!(
        settings.deadlines.total,
        Some(std::time::Duration::from_secs(90))
    );
    assert_eq!(settings.deadlines.idle, None);
}
