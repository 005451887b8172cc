//! Labelled phrasings in, intents out. The words and weights were tuned on `phrasings.tsv`; `tests/ask/held-out.tsv` was
//! written by somebody who had seen neither, and is only measured.

use super::{Intent, Target, understand};

const TUNED_ON: &str = include_str!("phrasings.tsv");
const HELD_OUT: &str = include_str!("../../../../tests/ask/held-out.tsv");

/// One labelled phrasing.
struct Row {
    intent: &'static str,
    arguments: &'static str,
    phrasing: &'static str,
}

fn rows(table: &'static str) -> Vec<Row> {
    let lines = table.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || {
                columns
                    .next()
                    .unwrap_or_else(|| panic!("three columns: {line}"))
            };
            Row {
                intent: next(),
                arguments: next(),
                phrasing: next(),
            }
        })
        .collect()
}

/// The arguments of an intent, written as in the table.
fn arguments(intent: &Intent) -> String {
    let target = |target: &Target| match target {
        Target::Usual => String::new(),
        Target::Staged => "scope=staged".to_owned(),
        Target::Branch => "scope=branch".to_owned(),
        Target::Workspace => "scope=workspace".to_owned(),
        Target::File(None) => "scope=file".to_owned(),
        Target::File(Some(path)) => format!("scope=file path={path}"),
        Target::Commit(revision) => format!("scope=commit rev={revision}"),
    };
    match intent {
        Intent::Review { of, profile } => {
            let profile = profile.map(|profile| format!("profile={profile}"));
            let parts = [Some(target(of)), profile];
            let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(" ")
        }
        Intent::Describe(of) => target(of),
        Intent::Callers(name) | Intent::Definition(name) => format!("symbol={name}"),
        Intent::Tests(Some(name)) | Intent::Document(Some(name)) => format!("symbol={name}"),
        Intent::ExplainFinding(Some(rule)) => format!("rule={rule}"),
        _ => String::new(),
    }
}

/// Whether the arguments are those of the table; words to search for are compared loosely.
fn same_arguments(row: &Row, intent: &Intent) -> bool {
    if let Intent::Search(query) = intent {
        let wanted = row.arguments.trim_start_matches("query=").to_lowercase();
        let query = query.to_lowercase();
        return query.split(' ').any(|word| wanted.contains(word));
    }
    let sorted = |text: &str| {
        let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
        parts.retain(|part| !part.is_empty() && part != "scope=worktree");
        if row.intent == "describe" {
            parts.retain(|part| part != "scope=branch");
        }
        parts.sort();
        parts
    };
    sorted(row.arguments) == sorted(&arguments(intent))
}

#[test]
fn nine_of_ten_phrasings_are_understood() {
    for (table, least) in [(TUNED_ON, 200), (HELD_OUT, 100)] {
        let rows = rows(table);
        assert!(rows.len() >= least, "{}", rows.len());
        let (mut right, mut wrong_kind, mut wrong_parts) = (0, Vec::new(), Vec::new());
        for row in &rows {
            let intent = understand(row.phrasing);
            if intent.as_str() != row.intent {
                // Asked back is never the wrong thing done, but it is not understood either.
                wrong_kind.push(format!(
                    "{} for {}: {}",
                    intent.as_str(),
                    row.intent,
                    row.phrasing
                ));
                continue;
            }
            right += 1;
            if !same_arguments(row, &intent) {
                let said = arguments(&intent);
                wrong_parts.push(format!("{said} for {}: {}", row.arguments, row.phrasing));
            }
        }
        let all = rows.len();
        let shown = format!(
            "{right} of {all}\n{}\n{}",
            wrong_kind.join("\n"),
            wrong_parts.join("\n")
        );
        assert!(right * 10 >= all * 9, "understood: {shown}");
        assert!(wrong_parts.len() * 20 <= all, "with other parts: {shown}");
    }
}

#[test]
fn nothing_makes_it_fail() {
    for request in [
        "",
        " ",
        "?",
        "`",
        "``",
        "`a",
        "((((",
        "\u{202e}",
        "why",
        "ÄÖÜ ß?",
        &"x ".repeat(5_000),
        &"🦀".repeat(3_000),
        "a\u{301}b::c()",
    ] {
        assert!(!understand(request).as_str().is_empty());
    }
}
