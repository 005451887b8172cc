//! One file: what counts as changed, identity, suppression.

use std::collections::BTreeSet;

use base::{Placement, RelPath, Text};

use super::{engine, engine_with};
use crate::{CheckResult, Document, Flags, Layers, check};

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

fn checked(config: &str, file: &str, old: Option<&str>, new: &str) -> CheckResult {
    let engine = engine(&format!("//- obelus.toml\n{config}\n"));
    let document = Document::new(path(file), Text::new(new));
    check(&engine, &document, old.map(Text::new).as_ref())
}

fn rules(result: &CheckResult) -> Vec<&str> {
    result
        .findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect()
}

#[test]
fn only_changed_lines_count() {
    let hidden = |at: usize| {
        let lines = (0..5).map(|line| {
            if line == at {
                "a\u{200b}b\n"
            } else {
                "plain\n"
            }
        });
        lines.collect::<String>()
    };
    let old = hidden(1);
    for (new, expected) in [
        (old.clone(), 0),
        (format!("{old}more\n"), 0),
        (old.replacen("plain", "other", 1), 0),
        (old.replace("\u{200b}", "\u{200b}\u{200b}"), 1),
        (old.replace("plain\nplain\nplain\n", "c\u{200b}d\n"), 1),
        (old.replace("plain\n", ""), 0),
    ] {
        assert_eq!(
            checked("", "a.txt", Some(&old), &new).findings.len(),
            expected,
            "{new:?}"
        );
    }
    assert_eq!(
        checked("", "a.txt", None, &old).findings.len(),
        1,
        "a new file is all change"
    );
}

#[test]
fn lines_removed_inside_what_is_marked_are_told() {
    let conflict = "<<<<<<< a\none\ntwo\n=======\nthree\n>>>>>>> b\n";
    let result = checked("", "a.txt", Some(conflict), &conflict.replace("one\n", ""));
    assert_eq!(result.findings.len(), 1);
    assert!(
        matches!(&result.findings[0].placement, Placement::Elsewhere(why) if why.contains("removed"))
    );
}

#[test]
fn settings_decide_what_is_shown() {
    let text = "a\u{200b}b\n";
    for (config, expected) in [
        ("", "text/invisible-unicode warning"),
        (
            "[rules]\n\"text/*\" = \"error\"",
            "text/invisible-unicode error",
        ),
        ("[rules]\n\"text/*\" = \"off\"", ""),
        (
            "[[overrides]]\npaths = [\"*.txt\"]\nrules = { \"text/*\" = \"hint\" }",
            "text/invisible-unicode hint",
        ),
        (
            "[[overrides]]\npaths = [\"*.md\"]\nrules = { \"text/*\" = \"hint\" }",
            "text/invisible-unicode warning",
        ),
        ("exclude = [\"*.txt\"]", "excluded by `*.txt`"),
        ("include = [\"*.md\"]", ""),
        ("max_file_size = 3", "6 bytes, over the limit of 3"),
    ] {
        let result = checked(config, "a.txt", None, text);
        let shown = result
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule, finding.severity));
        let shown: Vec<String> = shown
            .chain(result.skipped.iter().map(ToString::to_string))
            .collect();
        assert_eq!(shown.join("\n"), expected, "{config}");
    }
}

#[test]
fn comments_silence() {
    let hit = "a\u{200b}b";
    for (text, findings, suppressed) in [
        (
            format!("# obelus: allow(text/invisible-unicode) a test of it\n{hit}\n"),
            vec![],
            1,
        ),
        (
            format!("{hit} # obelus: allow(text/*) a test of it\n"),
            vec![],
            1,
        ),
        (
            format!("# obelus: allow(a/b, text/*) a test of it\n{hit}\n"),
            vec![],
            1,
        ),
        (
            format!("# obelus: allow(text/bidi-unicode) a test of it\n{hit}\n"),
            vec!["text/invisible-unicode"],
            0,
        ),
        (
            format!("# obelus: allow(text/*) a test of it\nx\n{hit}\n"),
            vec!["text/invisible-unicode"],
            0,
        ),
        (
            format!("{hit}\nx # obelus: allow-file(text/*) a test of it\n{hit}\n"),
            vec![],
            2,
        ),
        (
            format!("# obelus: allow(text/*)\n{hit}\n"),
            vec!["obelus/allow-without-reason"],
            1,
        ),
        (
            format!("obelus: allow(text/*) no comment\n{hit}\n"),
            vec!["text/invisible-unicode"],
            0,
        ),
    ] {
        let result = checked("", "a.conf", None, &text);
        assert_eq!(
            (rules(&result), result.suppressed),
            (findings, suppressed),
            "{text:?}"
        );
    }
}

#[test]
fn an_allow_that_silences_nothing_is_a_hint_when_the_whole_file_was_checked() {
    let text = "# obelus: allow(text/merge-conflict) not any more\nx\n";
    let deep = "profile = \"deep\"";
    assert_eq!(
        rules(&checked(deep, "a.conf", None, text)),
        ["obelus/unused-allow"]
    );
    assert_eq!(
        rules(&checked(deep, "a.conf", Some(""), text)),
        Vec::<&str>::new(),
        "only a part was checked"
    );
    assert_eq!(
        rules(&checked("", "a.conf", None, text)),
        Vec::<&str>::new(),
        "hints are not shown by default"
    );
    let off = "profile = \"deep\"\n[rules]\n\"text/merge-conflict\" = \"off\"";
    assert_eq!(
        rules(&checked(off, "a.conf", None, text)),
        Vec::<&str>::new(),
        "its rule did not run"
    );
    let unknown = checked(deep, "a.conf", None, "# obelus: allow(no/such) x\n");
    assert_eq!(
        unknown.findings[0].title,
        "An `obelus: allow` comment names a rule that does not exist"
    );
}

fn ids(file: &str, old: Option<&str>, new: &str) -> Vec<String> {
    let mut ids: Vec<_> = checked("", file, old, new)
        .findings
        .iter()
        .map(|f| (f.span, f.id.to_string()))
        .collect();
    ids.sort();
    ids.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn ids_do_not_depend_on_lines_indentation_or_scope() {
    let one = "first\nname = a\u{200b}b\nlast\n";
    let id = ids("a.txt", None, one);
    assert_eq!(id.len(), 1);
    for (what, text) in [
        ("lines above", format!("x\ny\n{one}")),
        ("lines deleted", one.replace("first\n", "")),
        ("re-indented", one.replace("name", "\t    name")),
        ("CRLF", one.replace('\n', "\r\n")),
    ] {
        assert_eq!(ids("a.txt", None, &text), id, "{what}");
        assert_eq!(
            ids("a.txt", Some("first\n"), &text),
            id,
            "{what}, as a change"
        );
    }
    assert_ne!(ids("b.txt", None, one), id, "another file");
}

#[test]
fn equal_places_have_different_ids_in_every_scope() {
    let line = "a\u{200b}b\n";
    let two = format!("{line}x\n{line}");
    let all = ids("a.txt", None, &two);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 2);
    let second = ids("a.txt", Some(&format!("{line}x\n")), &two);
    assert_eq!(
        second,
        [all[1].clone()],
        "the second keeps its id when only it is new"
    );
}

#[test]
fn dismissals_hide_what_they_name_until_they_expire() {
    let text = "a\u{200b}b\n";
    let id = &ids("a.txt", None, text)[0];
    let entry = |more: &str| {
        format!(
            "//- .obelus/dismissed.toml\n[[dismissed]]\nfingerprint = \"{id}\"\nreason = \"known\"\n{more}\n"
        )
    };
    for (more, hidden) in [
        ("", true),
        ("rule = \"text/invisible-unicode\"\npath = \"a.txt\"", true),
        ("rule = \"text/other\"", false),
        ("path = \"b.txt\"", false),
        ("expiry = 2026-03-01", true),
        ("expiry = \"2026-02-28\"", false),
    ] {
        let flags = Flags {
            today: Some("2026-03-01".into()),
            ..Flags::default()
        };
        let engine = engine_with(
            &entry(more),
            Layers {
                flags,
                ..Layers::default()
            },
        );
        assert!(engine.problems().is_empty(), "{:?}", engine.problems());
        let result = check(
            &engine,
            &Document::new(path("a.txt"), Text::new(text)),
            None,
        );
        assert_eq!(
            (result.findings.is_empty(), result.suppressed),
            (hidden, usize::from(hidden)),
            "{more}"
        );
    }
}

#[test]
fn what_the_user_dismissed_for_themselves_is_hidden_and_counted() {
    let text = "a\u{200b}b\n";
    let document = Document::new(path("a.txt"), Text::new(text));
    let found = check(&engine(""), &document, None).findings;
    let id = found.first().expect("a finding").id;
    for (dismissed, hidden) in [(id, true), (base::FindingId(id.0 ^ 1), false)] {
        let layers = Layers {
            dismissed: vec![dismissed],
            ..Layers::default()
        };
        let result = check(&engine_with("", layers), &document, None);
        let shown = (result.findings.is_empty(), result.suppressed);
        assert_eq!(shown, (hidden, usize::from(hidden)));
    }
}

#[test]
fn a_broken_dismissal_file_is_a_warning() {
    let engine = engine("//- .obelus/dismissed.toml\n[[dismissed]]\nfingerprint = \"zz\"\n");
    assert_eq!(engine.problems().len(), 1);
    assert!(
        engine.problems()[0].starts_with(".obelus/dismissed.toml:2: dismissed[0].fingerprint"),
        "{:?}",
        engine.problems()
    );
}

#[test]
fn a_secret_is_marked_as_one_and_offers_no_fix() {
    // Put together here, so that this file itself holds no such text.
    let text = format!("key = \"{}{}\"\n", "AKIA", "Q7ZP2MXN4T6VWJ3K");
    let result = checked("", "src/a.conf", None, &text);
    assert!(!result.findings.is_empty(), "no secret found");
    for finding in &result.findings {
        assert!(finding.sensitive && finding.fix.is_none());
        assert!(
            !finding.title.contains("Q7ZP2MXN4T6VWJ3K")
                && !finding.message.contains("Q7ZP2MXN4T6VWJ3K")
        );
    }
}
