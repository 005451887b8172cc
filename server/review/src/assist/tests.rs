//! What an editor shows in our own files.

use std::sync::Arc;

use base::memory::MemoryRepo;
use base::{RelPath, Severity};

use super::{Kind, complete, explain, links, problems};
use crate::{Engine, Layers, Trust};

fn engine() -> Engine {
    let repo = Arc::new(MemoryRepo::fixture(""));
    Engine::open(repo, Layers::default(), Trust::Worktree).expect("an engine")
}

fn path(kind: Kind) -> RelPath {
    let path = match kind {
        Kind::Config => "obelus.toml",
        Kind::Rule => ".obelus/rules/own/left.yml",
        Kind::Dismissed => ".obelus/dismissed.toml",
    };
    RelPath::new(path).expect("a path")
}

#[test]
fn our_own_files_are_known_by_their_place() {
    for (name, kind) in [
        ("obelus.toml", Some(Kind::Config)),
        ("sub/obelus.toml", None),
        (".obelus/dismissed.toml", Some(Kind::Dismissed)),
        (".obelus/rules/a/b.yml", Some(Kind::Rule)),
        (".obelus/rules/b.yaml", Some(Kind::Rule)),
        (".obelus/rules/a/b.test.yml", None),
        (".obelus/guidelines.md", None),
    ] {
        let path = RelPath::new(name).expect("a path");
        assert_eq!(Kind::of(&path), kind, "{name}");
    }
}

/// What is marked and how it begins.
fn wrong(kind: Kind, text: &str) -> Vec<(&str, Severity, String)> {
    let found = problems(kind, &path(kind), text);
    found
        .into_iter()
        .map(|problem| {
            let marked = &text[problem.span.range()];
            (marked, problem.severity, problem.message)
        })
        .collect()
}

#[test]
fn what_is_wrong_is_marked_where_it_stands() {
    use Severity::{Error, Warning};
    for (kind, text, marked, severity, says) in [
        (
            Kind::Config,
            "\n  profil = \"quick\"\n",
            "profil = \"quick\"",
            Error,
            "did you mean `profile`?",
        ),
        (
            Kind::Config,
            "profile = \"fast\"",
            "profile = \"fast\"",
            Error,
            "is not one of",
        ),
        (Kind::Config, "a = [\n", "", Error, "not valid TOML"),
        (
            Kind::Config,
            "[models]\nreview = \"a/b\"\n",
            "[models]",
            Warning,
            "only your own configuration file",
        ),
        (
            Kind::Dismissed,
            "[[dismissed]]\nfingerprint = \"zz\"\n",
            "fingerprint = \"zz\"",
            Error,
            "fingerprint",
        ),
        (
            Kind::Rule,
            "id: own/left\nlanguage: rust\nseverity: bad\nmessage: m\nrule: {pattern: f()}\n",
            "severity: bad",
            Error,
            "severity `bad` is unknown",
        ),
        (
            Kind::Rule,
            "id: own/left\nlanguage: rust\nrule: {pattern: f()}\n",
            "id: own/left",
            Error,
            "`message` is missing",
        ),
    ] {
        let found = wrong(kind, text);
        let fits = |(at, how, message): &(&str, Severity, String)| {
            (*at == marked || marked.is_empty()) && *how == severity && message.contains(says)
        };
        assert!(found.iter().any(fits), "{text}: {found:#?}");
    }
    for (kind, text) in [
        (
            Kind::Config,
            "profile = \"quick\"\n[rules]\n\"rust/*\" = \"off\"\n",
        ),
        (
            Kind::Rule,
            "id: own/left\nlanguage: rust\nseverity: hint\nmessage: m\nrule: {pattern: f()}\n",
        ),
    ] {
        assert_eq!(wrong(kind, text), []);
    }
}

#[test]
fn what_can_be_written_is_offered_and_is_right() {
    let engine = engine();
    for (kind, text, label, after) in [
        (Kind::Config, "pro|", "profile", "profile = "),
        (
            Kind::Config,
            "profile = |",
            "security",
            "profile = \"security\"",
        ),
        (
            Kind::Config,
            "profile = \"se|",
            "security",
            "profile = \"security\"",
        ),
        (Kind::Config, "|", "rules", "[rules]\n"),
        (Kind::Config, "ov|", "overrides", "[[overrides]]\n"),
        (Kind::Config, "[che|", "checks", "[checks"),
        (
            Kind::Config,
            "[checks]\nmod|",
            "model",
            "[checks]\nmodel = ",
        ),
        (
            Kind::Config,
            "[checks]\nmodel = |",
            "false",
            "[checks]\nmodel = false",
        ),
        (
            Kind::Config,
            "[rules]\n\"rust/dbg|",
            "rust/dbg-left-in",
            "[rules]\n\"rust/dbg-left-in\" = ",
        ),
        (
            Kind::Config,
            "[rules]\n\"rust/dbg-left-in\" = |",
            "off",
            "[rules]\n\"rust/dbg-left-in\" = \"off\"",
        ),
        (Kind::Rule, "sev|", "severity", "severity: "),
        (Kind::Rule, "severity: w|", "warning", "severity: warning"),
        (Kind::Rule, "language: |", "rust", "language: rust"),
        (
            Kind::Rule,
            "metadata:\n  cat|",
            "category",
            "metadata:\n  category: ",
        ),
        (
            Kind::Rule,
            "rule:\n  any:\n    - pat|",
            "pattern",
            "rule:\n  any:\n    - pattern: ",
        ),
    ] {
        let offset = text.find('|').expect("a place");
        let text = text.replace('|', "");
        let offered = complete(&engine, kind, &text, offset);
        let Some(chosen) = offered.iter().find(|one| one.label == label) else {
            panic!("{label} is not offered in {text:?}: {offered:#?}");
        };
        let mut written = text.clone();
        written.replace_range(chosen.replaces.range(), &chosen.text);
        assert_eq!(written, after, "{text:?}");
    }
    for (kind, text) in [
        (Kind::Config, "# pro|"),
        (Kind::Config, "include = [\n  |"),
        (Kind::Dismissed, "|"),
    ] {
        let offset = text.find('|').expect("a place");
        let offered = complete(&engine, kind, &text.replace('|', ""), offset);
        assert_eq!(offered, [], "{text:?}");
    }
}

#[test]
fn a_key_is_explained_and_a_rule_is_linked() {
    let engine = engine();
    for (kind, text, marked, says) in [
        (
            Kind::Config,
            "pro|file = \"quick\"",
            "profile",
            "One of `quick`",
        ),
        (
            Kind::Config,
            "[che|cks]\n",
            "checks",
            "Whole kinds of checks",
        ),
        (
            Kind::Config,
            "[checks]\nmod|el = true",
            "model",
            "true or false",
        ),
        (
            Kind::Config,
            "[rules]\n\"rust/dbg-|left-in\" = \"off\"",
            "rust/dbg-left-in",
            "`rust/dbg-left-in`",
        ),
        (
            Kind::Rule,
            "metadata:\n  cat|egory: bug",
            "category",
            "One of `bug`",
        ),
    ] {
        let offset = text.find('|').expect("a place");
        let text = text.replace('|', "");
        let (span, about) = explain(&engine, kind, &text, offset).expect(&text);
        assert_eq!(&text[span.range()], marked);
        assert!(about.contains(says), "{about}");
    }
    let text = "[rules]\n\"rust/dbg-left-in\" = \"off\"\n\"rust/*\" = 'on' # \"no/rule\"\n";
    let found = links(&engine, Kind::Config, text);
    let named: Vec<_> = found
        .iter()
        .map(|(span, id)| (&text[span.range()], id.as_str()))
        .collect();
    assert_eq!(named, [("rust/dbg-left-in", "rust/dbg-left-in")]);
}
