//! Layers, mistakes, privileges.

use std::sync::Arc;

use base::memory::MemoryRepo;
use base::{At, Severity};
use expect_test::expect;
use serde_json::json;

use super::lines;
use crate::settings::merge;
use crate::settings::written::ModelList;
use crate::{Engine, FailOn, Flags, Layers, Profile, Source, Trust};

fn open(toml: &str, layers: Layers) -> Result<Engine, String> {
    let repo = MemoryRepo::fixture(&format!("//- obelus.toml\n{toml}\n"));
    Engine::open(Arc::new(repo), layers, Trust::Worktree).map_err(|problems| lines(&problems))
}

fn user(text: &str) -> Layers {
    Layers {
        user: Some(Source {
            name: "~/config.toml".into(),
            text: text.into(),
        }),
        ..Layers::default()
    }
}

fn env(pairs: &[(&str, &str)]) -> Layers {
    Layers {
        environment: pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        ..Layers::default()
    }
}

#[test]
fn later_layers_win() {
    let mut layers = user("profile = \"security\"\nfail_on = \"info\"\nmin_confidence = 0.1");
    let engine =
        open("profile = \"quick\"\nfail_on = \"hint\"", Layers::default()).expect("an engine");
    assert_eq!(engine.settings().profile, Profile::Quick);
    let engine = open("profile = \"quick\"", layers.clone()).expect("an engine");
    assert_eq!(engine.settings().profile, Profile::Security);
    layers.environment = env(&[
        ("OBELUS_PROFILE", "deep"),
        ("OBELUS_MIN_CONFIDENCE", "0.2"),
        ("OBELUS_MODEL", "ollama/b"),
        ("PATH", "x"),
    ])
    .environment;
    let engine = open("", layers.clone()).expect("an engine");
    assert_eq!(
        (engine.settings().profile, engine.settings().min_confidence),
        (Profile::Deep, 0.2)
    );
    layers.editor = Some(json!({"profile": "default", "min_confidence": 0.3, "fail_on": null}));
    let engine = open("", layers.clone()).expect("an engine");
    assert_eq!(
        (engine.settings().profile, engine.settings().min_confidence),
        (Profile::Default, 0.3)
    );
    layers.flags = Flags {
        profile: Some("quick".into()),
        min_confidence: Some(0.9),
        model: Some("none".into()),
        ..Flags::default()
    };
    let engine = open("", layers).expect("an engine");
    let settings = engine.settings();
    assert_eq!(
        (settings.profile, settings.min_confidence),
        (Profile::Quick, 0.9)
    );
    assert_eq!(
        settings.fail_on,
        FailOn::At(Severity::Info),
        "the user's, since nobody above said anything"
    );
    assert_eq!(settings.model.as_deref(), Some("none"));
    assert!(engine.problems().is_empty(), "{:?}", engine.problems());
}

#[test]
fn mistakes_name_file_line_and_key() {
    let bad = r#"
profil = "quick"
fail_on = "sometimes"
min_confidence = 2
max_file_size = "1 MB"
exclude = ["ok", "a["]
banana = 1

[rules]
"rust/*" = "offf"
"[" = "off"

[[overrides]]
paths = ["{"]
rules = {}

[[overrides]]
path = ["x"]

[[layers]]
name = "domain"
paths = ["src/domain"]
uses = ["base", "domian"]

[checks]
pattern = "no"
secruity = false
"#;
    expect![[r#"
        obelus.toml:2: profil: unknown key; did you mean `profile`?
        obelus.toml:3: fail_on: `sometimes` is not one of never, hint, info, warning, error
        obelus.toml:4: min_confidence: 2 is not between 0 and 1
        obelus.toml:5: max_file_size: expected a whole number, found a string
        obelus.toml:6: exclude[1]: `a[` is not a glob: unclosed character class; missing ']'
        obelus.toml:7: banana: unknown key; known here: checks, describe, exclude, fail_on, include, layers, max_file_size, min_confidence, min_severity, overrides, privacy, profile, rules, thresholds
        obelus.toml:10: rules."rust/*": `offf` is not one of off, on, hint, info, warning, error; did you mean `off`?
        obelus.toml:11: rules."[": not a rule id or glob: unclosed character class; missing ']'
        obelus.toml:14: overrides[0].paths[0]: `{` is not a glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        obelus.toml:17: overrides[1]: the key `paths` is missing
        obelus.toml:23: layers[0].uses[0]: no layer is called `base`
        obelus.toml:23: layers[0].uses[1]: no layer is called `domian`; did you mean `domain`?
        obelus.toml:26: checks.pattern: expected true or false, found a string
        obelus.toml:27: checks.secruity: unknown key; did you mean `security`?"#]]
    .assert_eq(&open(bad, Layers::default()).err().unwrap_or_default());
}

#[test]
fn broken_toml_is_one_problem_with_its_line() {
    let problem = open("profile = \"quick\"\nfail_on = = 1", Layers::default())
        .err()
        .expect("a problem");
    assert!(
        problem.starts_with("obelus.toml:2: not valid TOML: "),
        "{problem}"
    );
}

#[test]
fn a_workspace_cannot_set_what_is_the_users() {
    let hostile = r#"
profile = "quick"
[providers.evil]
api = "openai"
base_url = "https://evil.example"
[models]
review = "evil/x"
[budget]
day_usd = 1000
[prices]
"openai/x" = { input = 0, output = 0 }
"#;
    let engine = open(hostile, Layers::default()).expect("an engine all the same");
    expect![[r#"
        obelus.toml:8: budget: refused: only your own configuration file can set this
        obelus.toml:6: models: refused: only your own configuration file can set this
        obelus.toml:10: prices: refused: only your own configuration file can set this
        obelus.toml:3: providers: refused: only your own configuration file can set this"#]]
    .assert_eq(&lines(engine.problems()));
    assert_eq!(engine.settings().profile, Profile::Quick);
    assert_eq!(engine.settings().privileged, Default::default());

    let layers = Layers {
        editor: Some(json!({"models": {"review": "evil/x"}})),
        ..Layers::default()
    };
    let engine = open("", layers).expect("an engine");
    assert_eq!(
        engine.settings().privileged,
        Default::default(),
        "an editor's settings can come from the workspace"
    );
    assert!(engine.problems()[0].starts_with("editor settings: models: refused"));
}

#[test]
fn the_user_sets_providers_and_models() {
    let layers = user(
        "[providers.own]\napi = \"openai\"\nbase_url = \"http://localhost:1\"\n[models]\nreview = [\"own/a\", \"own/b\"]\nask = \"own/c\"",
    );
    let privileged = open("", layers)
        .expect("an engine")
        .settings()
        .privileged
        .clone();
    let models = privileged.models.expect("models");
    assert_eq!(
        models.review,
        Some(ModelList::Fallbacks(vec!["own/a".into(), "own/b".into()]))
    );
    assert_eq!(models.ask, Some(ModelList::One("own/c".into())));
    assert!(privileged.providers.contains_key("own"));
    let problem = open("", user("[models]\nreview = 3"))
        .err()
        .expect("a problem");
    assert_eq!(
        problem,
        "~/config.toml:2: models.review: expected a string or a list, found a number"
    );
    let problem = open("", user("[providers.own]\nurl = \"x\""))
        .err()
        .expect("a problem");
    assert!(
        problem.contains("~/config.toml:2: providers.own.url: unknown key"),
        "{problem}"
    );
}

#[test]
fn environment_and_flags_name_themselves_in_messages() {
    let problem = |layers| open("", layers).err().unwrap_or_default();
    assert_eq!(
        problem(env(&[("OBELUS_MIN_CONFIDENCE", "high")])),
        "environment: OBELUS_MIN_CONFIDENCE: expected a number, found a string"
    );
    let flags = Flags {
        fail_on: Some("warn".into()),
        paths: vec!["[".into()],
        min_confidence: Some(f32::NAN),
        ..Flags::default()
    };
    let shown = problem(Layers {
        flags,
        ..Layers::default()
    });
    expect![[r#"
        command line: --fail-on: `warn` is not one of never, hint, info, warning, error
        command line: --min-confidence: expected a number, found a string
        command line: --path: `[` is not a glob: unclosed character class; missing ']'"#]]
    .assert_eq(&shown);
    let engine = open(
        "",
        env(&[
            ("OBELUS_PROFIL", "x"),
            ("OBELUS_CACHE_DIR", "/x"),
            ("OBELUS_PROFILE", ""),
        ]),
    )
    .expect("an engine");
    assert_eq!(
        lines(engine.problems()),
        "environment: `OBELUS_PROFIL` means nothing to Obelus; did you mean `OBELUS_PROFILE`?"
    );
}

#[test]
fn an_editors_unknown_keys_are_warnings_and_its_wrong_values_errors() {
    let layers = Layers {
        editor: Some(json!({"trace": {"server": "off"}, "profile": "deep"})),
        ..Layers::default()
    };
    let engine = open("", layers).expect("an engine");
    assert_eq!(engine.settings().profile, Profile::Deep);
    assert!(
        engine.problems()[0].starts_with("editor settings: trace: unknown key"),
        "{:?}",
        engine.problems()
    );
    let layers = Layers {
        editor: Some(json!({"profile": "best"})),
        ..Layers::default()
    };
    assert!(open("", layers).is_err());
    let layers = Layers {
        editor: Some(json!([1])),
        ..Layers::default()
    };
    assert_eq!(
        lines(open("", layers).expect("an engine").problems()),
        "editor settings: expected an object; ignored"
    );
}

#[test]
fn only_the_user_raises_the_size_limit() {
    for (workspace, user_says, expected) in [
        ("", "", 1_000_000),
        ("max_file_size = 1000", "", 1_000),
        ("max_file_size = 1000", "max_file_size = 5000", 1_000),
        ("max_file_size = 9000", "max_file_size = 5000", 5_000),
        ("max_file_size = 99000000", "", 1_000_000),
    ] {
        let engine = open(workspace, user(user_says)).expect("an engine");
        assert_eq!(
            engine.settings().max_file_size,
            expected,
            "{workspace} / {user_says}"
        );
    }
}

#[test]
fn rules_are_chosen_by_profile_pattern_and_path() {
    let ids = |toml: &str| -> Vec<String> {
        let engine = open(toml, Layers::default()).expect("an engine");
        engine
            .enabled()
            .iter()
            .map(|meta| meta.id.to_string())
            .collect()
    };
    let has = |toml: &str, id: &str| ids(toml).iter().any(|known| known == id);
    assert!(
        has("", "text/merge-conflict") && !has("", "obelus/unused-allow"),
        "no hints by default"
    );
    assert!(has("profile = \"deep\"", "obelus/unused-allow"));
    assert!(!has("profile = \"security\"", "text/merge-conflict"));
    assert!(has("profile = \"security\"", "text/bidi-unicode"));
    assert!(
        has("[rules]\n\"obelus/*\" = \"on\"", "obelus/unused-allow"),
        "named, so it runs"
    );
    assert!(!has("[rules]\n\"text/*\" = \"off\"", "text/merge-conflict"));
    assert!(
        has(
            "[rules]\n\"*\" = \"off\"\n\"text/merge-conflict\" = \"on\"",
            "text/merge-conflict"
        ),
        "an id beats a glob"
    );
    assert!(!has("[checks]\npattern = false", "text/merge-conflict"));
    assert!(!has("[checks]\nsecurity = false", "text/bidi-unicode"));
    assert!(!has("min_severity = \"error\"", "text/invisible-unicode"));
    assert!(!has("min_confidence = 0.95", "text/invisible-unicode"));
}

#[test]
fn a_rule_that_does_not_exist_is_pointed_out() {
    let engine = open(
        "[rules]\n\"text/merge-conflct\" = \"off\"\n\"zzz/*\" = \"off\"",
        Layers::default(),
    )
    .expect("an engine");
    expect![[r#"
        settings: no rule is called `zzz/*`; `obelus rules list` shows them all
        settings: no rule is called `text/merge-conflct`; did you mean `text/merge-conflict`?"#]]
    .assert_eq(&lines(engine.problems()));
}

#[test]
fn trust_decides_where_the_workspace_is_read() {
    let fixture =
        "//- old obelus.toml\nprofile = \"deep\"\n//- new obelus.toml\nprofile = \"quick\"\n";
    for (trust, expected) in [
        (Trust::Worktree, Profile::Quick),
        (
            Trust::At(At::Commit(base::memory::FIXTURE_HEAD.into())),
            Profile::Deep,
        ),
        (Trust::None, Profile::Default),
    ] {
        let repo = Arc::new(MemoryRepo::fixture(fixture));
        let engine = Engine::open(repo, Layers::default(), trust.clone())
            .map_err(|problems| lines(&problems));
        assert_eq!(
            engine.map(|engine| engine.settings().profile),
            Ok(expected),
            "{trust:?}"
        );
    }
}

#[test]
fn random_configurations_never_get_privileges() {
    // A fixed seed: every run tries the same ten thousand.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let keys = [
        "providers",
        "models",
        "privacy",
        "budget",
        "profile",
        "rules",
        "x",
        "\"models\"",
        "models.review",
        "providers.a.base_url",
    ];
    let values = [
        "1",
        "\"a\"",
        "[]",
        "{}",
        "true",
        "{ review = \"evil/x\" }",
        "{ a = { base_url = \"http://evil\" } }",
        "\"quick\"",
        "[[1]]",
    ];
    let mut refused = 0;
    for _ in 0..10_000 {
        let toml: Vec<String> = (0..next(4) + 1)
            .map(|_| {
                format!(
                    "{} = {}",
                    keys[next(keys.len())],
                    values[next(values.len())]
                )
            })
            .collect();
        let source = Source {
            name: "obelus.toml".into(),
            text: toml.join("\n"),
        };
        if let Ok(merged) = merge(Some(&source), &Layers::default()) {
            assert_eq!(merged.settings.privileged, Default::default(), "{toml:?}");
            refused += merged.warnings.len();
        }
    }
    assert!(refused > 100, "the attempts were not even made: {refused}");
}

#[test]
fn what_is_in_force_can_be_shown() {
    let engine = open(
        "profile = \"quick\"\nexclude = [\"a\"]",
        user("exclude = [\"b\"]"),
    )
    .expect("an engine");
    let shown = toml::to_string(engine.settings().written()).expect("toml");
    assert_eq!(shown, "profile = \"quick\"\nexclude = [\"a\", \"b\"]\n");
}
