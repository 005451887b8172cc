//! The evidence gate: what a remark says about code that the model was not shown is looked up, or the remark is dropped.
//!
//! Models are sure of names that they never saw. A statement is typed by the model or told by its words; it is refuted,
//! confirmed (then the places go with the remark), or cannot be proven, which is as bad as refuted. The index knows files
//! that git does not; for changed files the version under review is asked.

use std::collections::HashSet;
use std::sync::LazyLock;

use base::{Evidence, ReferenceKind, RelPath, Span};
use regex::Regex;

use super::anchor::{Hint, Sight, place};
use super::desk::Desk;
use super::draft::{Claim, ClaimKind, Draft};
use crate::semantic::What;

/// Places named for one remark.
const MAX_PLACES: usize = 4;
/// Files in which mentions are looked for.
const MAX_FILES: usize = 60;

/// Why a remark does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubtful {
    /// The workspace says otherwise.
    Refuted,
    /// The workspace does not say.
    Unprovable,
}

/// The places that confirm what a remark says about other code.
pub(super) fn gate(
    desk: &Desk,
    sight: &Sight<'_>,
    draft: &Draft,
) -> Result<Vec<Evidence>, Doubtful> {
    let mut claims: Vec<Claim> = draft
        .claims
        .iter()
        .filter(|claim| !is_empty(claim))
        .cloned()
        .collect();
    for told in told_by_words(draft) {
        let is_typed = claims
            .iter()
            .any(|claim| family(claim.kind) == family(told.kind));
        if !is_typed {
            claims.push(told);
        }
    }
    let mut places: Vec<Evidence> = Vec::new();
    for claim in &claims {
        for place in one(desk, sight, draft, claim)? {
            let known = places
                .iter()
                .any(|it| it.path == place.path && it.span == place.span);
            if !known && places.len() < MAX_PLACES {
                places.push(place);
            }
        }
    }
    Ok(places)
}

fn is_empty(claim: &Claim) -> bool {
    claim.symbol.trim().is_empty() && claim.quote.trim().is_empty()
}

fn family(kind: ClaimKind) -> u8 {
    match kind {
        ClaimKind::Undefined => 0,
        ClaimKind::Unused | ClaimKind::NeverCalled => 1,
        ClaimKind::NeverChecked => 2,
        ClaimKind::StillUsed | ClaimKind::Caller | ClaimKind::Elsewhere => 3,
    }
}

fn one(
    desk: &Desk,
    sight: &Sight<'_>,
    draft: &Draft,
    claim: &Claim,
) -> Result<Vec<Evidence>, Doubtful> {
    let name = bare(&claim.symbol);
    match claim.kind {
        ClaimKind::Undefined => undefined(desk, sight, name),
        ClaimKind::Unused | ClaimKind::NeverCalled => unused(desk, name),
        _ if !claim.quote.trim().is_empty() => quoted(desk, sight, draft, claim),
        ClaimKind::NeverChecked => match is_shown(sight, name) {
            true => Ok(Vec::new()),
            false => Err(Doubtful::Unprovable),
        },
        ClaimKind::StillUsed | ClaimKind::Caller => used(desk, sight, name),
        ClaimKind::Elsewhere => Err(Doubtful::Unprovable),
    }
}

/// The last part of a name: `parse` of `Parser::parse()`.
fn bare(symbol: &str) -> &str {
    let symbol = symbol
        .trim()
        .trim_matches('`')
        .trim_end_matches("()")
        .trim_end_matches('!');
    symbol
        .rsplit(['.', ':', '#', '>'])
        .next()
        .unwrap_or(symbol)
        .trim()
}

fn is_shown(sight: &Sight<'_>, name: &str) -> bool {
    let mut lines = sight.shown.iter().cloned().flatten();
    !name.is_empty() && lines.any(|line| has_word(sight.page.line(line), name))
}

fn has_word(line: &str, name: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(name).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + name.len()..].chars().next())
    })
}

/// A quoted place: it must be there, word for word.
fn quoted(
    desk: &Desk,
    sight: &Sight<'_>,
    draft: &Draft,
    claim: &Claim,
) -> Result<Vec<Evidence>, Doubtful> {
    let path = match claim.path.trim() {
        "" => draft.path.as_str(),
        path => path,
    };
    let name = bare(&claim.symbol);
    let hint = Hint {
        quote: &claim.quote,
        tag: "",
        line: 0,
        symbol: "",
    };
    let own = sight.page.path.as_str() == path;
    if own && let Ok(lines) = place(sight, hint) {
        // It was shown: no statement about other code.
        if sight.shown.iter().any(|range| range.contains(&lines.start)) {
            return Ok(Vec::new());
        }
    }
    let path = RelPath::new(path).map_err(|_| Doubtful::Refuted)?;
    let page = desk.page(&path).ok_or(Doubtful::Refuted)?;
    let whole = Sight {
        page: &page,
        changed: Vec::new(),
        shown: std::iter::once(0..page.len()).collect(),
        symbols: Vec::new(),
    };
    let lines = place(&whole, hint).map_err(|_| Doubtful::Refuted)?;
    if !name.is_empty() && !claim.quote.contains(name) {
        return Err(Doubtful::Unprovable);
    }
    Ok(vec![Evidence {
        span: page.span(lines),
        path,
        note: match name {
            "" => "says so".to_owned(),
            name => format!("`{}` stands here", desk.one_line(name)),
        },
    }])
}

/// Nothing defines the name: only believed where the change itself took the definition away.
fn undefined(desk: &Desk, sight: &Sight<'_>, name: &str) -> Result<Vec<Evidence>, Doubtful> {
    if name.is_empty() {
        return Err(Doubtful::Unprovable);
    }
    let files = &desk.semantic.files;
    let defined = files.iter().any(|file| {
        file.new
            .outline
            .definitions
            .iter()
            .any(|it| it.name == name)
    });
    let imported = files
        .iter()
        .filter(|file| *file.path() == sight.page.path)
        .any(|file| {
            let imports = file
                .new
                .outline
                .references
                .iter()
                .filter(|it| it.kind == ReferenceKind::Import);
            let bound = file
                .new
                .outline
                .bindings
                .iter()
                .any(|binding| binding.name == name);
            bound
                || imports
                    .into_iter()
                    .any(|it| it.name == name || it.alias.as_deref() == Some(name))
        });
    if defined || imported {
        return Err(Doubtful::Refuted);
    }
    let Some(index) = &desk.index else {
        return Err(Doubtful::Unprovable);
    };
    // What the index read of a changed file may be the old version.
    let elsewhere = index.definitions(name, MAX_FILES);
    if elsewhere
        .iter()
        .any(|it| desk.semantic.file(&it.path).is_none())
    {
        return Err(Doubtful::Refuted);
    }
    let was_here = files.iter().any(|file| {
        let gone = file
            .symbols
            .iter()
            .filter(|it| matches!(it.what, What::Removed | What::Renamed | What::MovedTo(..)));
        gone.into_iter()
            .any(|it| file.old_of(it).is_some_and(|old| old.name == name))
            || file.new.text.is_none()
                && file
                    .old
                    .outline
                    .definitions
                    .iter()
                    .any(|it| it.name == name)
    });
    match was_here && index.status().fresh {
        true => Ok(Vec::new()),
        false => Err(Doubtful::Unprovable),
    }
}

/// Nothing mentions the name but its own definition.
fn unused(desk: &Desk, name: &str) -> Result<Vec<Evidence>, Doubtful> {
    if name.is_empty() {
        return Err(Doubtful::Unprovable);
    }
    let in_change = desk.semantic.files.iter().any(|file| {
        let own: Vec<Span> = file
            .new
            .outline
            .definitions
            .iter()
            .filter(|it| it.name == name)
            .map(|it| it.span)
            .collect();
        let mentions = file
            .new
            .outline
            .references
            .iter()
            .filter(|it| it.name == name);
        mentions
            .filter(|it| it.kind != ReferenceKind::Import)
            .any(|it| !own.iter().any(|span| span.contains(it.span)))
    });
    if in_change {
        return Err(Doubtful::Refuted);
    }
    let Some(index) = &desk.index else {
        return Err(Doubtful::Unprovable);
    };
    let mentions = index.references(name, MAX_FILES);
    let outside = mentions.iter().any(|it| {
        it.reference.kind != ReferenceKind::Import
            && desk.semantic.file(&it.path).is_none()
            && it.within.last().is_none_or(|within| within != name)
    });
    if outside {
        return Err(Doubtful::Refuted);
    }
    let files = desk.semantic.files.iter();
    let defined = files
        .flat_map(|file| &file.new.outline.definitions)
        .any(|it| it.name == name)
        || !index.definitions(name, 2).is_empty();
    match defined && index.status().fresh {
        true => Ok(Vec::new()),
        false => Err(Doubtful::Unprovable),
    }
}

/// Something in a place that was not shown uses the name.
fn used(desk: &Desk, sight: &Sight<'_>, name: &str) -> Result<Vec<Evidence>, Doubtful> {
    let Some(index) = desk.index.as_ref().filter(|_| !name.is_empty()) else {
        return Err(Doubtful::Unprovable);
    };
    let mut places = Vec::new();
    let mut stale = false;
    for mention in index.references(name, MAX_FILES) {
        if mention.reference.kind == ReferenceKind::Import {
            continue;
        }
        let Some(page) = desk.page(&mention.path) else {
            continue;
        };
        // The index may have read an older version: then its places are nobody's.
        if page.text.hash() != mention.hash {
            stale = true;
            continue;
        }
        let line = page.text.lines().line_of(mention.reference.span.start);
        let is_seen =
            page.path == sight.page.path && sight.shown.iter().any(|range| range.contains(&line));
        if !is_seen {
            places.push(Evidence {
                path: mention.path.clone(),
                span: mention.reference.span,
                note: match mention.within.last() {
                    Some(within) => format!(
                        "uses `{}` in `{}`",
                        desk.one_line(name),
                        desk.one_line(within)
                    ),
                    None => format!("uses `{}`", desk.one_line(name)),
                },
            });
        }
        if places.len() >= MAX_PLACES {
            break;
        }
    }
    match places.is_empty() {
        false => Ok(places),
        true if stale || !index.status().fresh => Err(Doubtful::Unprovable),
        true => Err(Doubtful::Refuted),
    }
}

/// Statements about other code that a model did not type as such.
fn told_by_words(draft: &Draft) -> Vec<Claim> {
    static PATTERNS: LazyLock<Vec<(ClaimKind, Regex)>> = LazyLock::new(|| {
        let table = [
            (
                ClaimKind::Undefined,
                r"(?i)`(?P<name>[^`]+)`(?:\s+\w+){0,3}?\s+(?:is|are|was|has)\s+(?:not|never)\s+(?:been\s+)?(?:defined|declared|imported|in scope)",
            ),
            (
                ClaimKind::Undefined,
                r"(?i)(?:undefined|undeclared|unresolved|nonexistent|non-existent|missing)\s+(?:variable|function|method|name|symbol|type|class|module|identifier|reference|import|field|constant|attribute)(?:\s+(?:to|of|for|named|called))?\s*`(?P<name>[^`]+)`",
            ),
            (
                ClaimKind::Undefined,
                r"(?i)`(?P<name>[^`]+)`\s+(?:\w+\s+){0,2}?(?:does not exist|doesn't exist|isn't defined|isn't imported|cannot be found|can't be found|is undeclared)",
            ),
            (
                ClaimKind::Undefined,
                r"(?i)\b(?:NameError|cannot find (?:name|symbol|function))\b[^`]{0,40}`(?P<name>[^`]+)`",
            ),
            (
                ClaimKind::Unused,
                r"(?i)`(?P<name>[^`]+)`(?:\s+\w+){0,3}?\s+(?:is|are)\s+(?:unused|never used|not used|never read|never referenced)",
            ),
            (
                ClaimKind::Unused,
                r"(?i)\b(?:unused|never used)\s+(?:variable|function|method|parameter|import|field|constant|type|class)\s*`(?P<name>[^`]+)`",
            ),
            (
                ClaimKind::NeverCalled,
                r"(?i)`(?P<name>[^`]+)`(?:\s+\w+){0,3}?\s+(?:is|are)?\s*(?:never|not)\s+(?:called|invoked)(?:\s+anywhere)?",
            ),
            (
                ClaimKind::NeverCalled,
                r"(?i)\b(?:no callers|has no caller|nobody calls|nothing calls)(?:\s+\w+){0,2}?\s*(?:`(?P<name>[^`]+)`)?",
            ),
            (
                ClaimKind::NeverChecked,
                r"(?i)`(?P<name>[^`]+)`(?:\s+\w+){0,4}?\s+(?:is|are)\s+(?:never|not|nowhere)\s+(?:checked|validated|verified|sanitized|sanitised)\s+(?:anywhere|elsewhere|in the code|by any|by callers|by the caller)",
            ),
            (
                ClaimKind::Caller,
                r"(?i)\b(?:existing callers|other callers|all callers|every caller|any caller|some callers|callers? (?:of|pass|passes|still|rely|relies|expect|expects|may|depend)|call sites?)\b(?:[^`.]{0,40}`(?P<name>[^`]+)`)?",
            ),
            (
                ClaimKind::Elsewhere,
                r"(?i)\b(?:elsewhere in the (?:code|project|repository)|in other files|in other modules|other parts of the code|rest of the code ?base)\b",
            ),
        ];
        table
            .into_iter()
            .filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?)))
            .collect()
    });
    let text = format!("{}. {}", draft.title, draft.message);
    let mut told = Vec::new();
    let mut seen = HashSet::new();
    for (kind, pattern) in PATTERNS.iter() {
        for found in pattern.captures_iter(&text).take(3) {
            let start = found.get(0).map_or(0, |whole| whole.start());
            let sentence = text[..start]
                .rsplit(['.', ';'])
                .next()
                .unwrap_or_default()
                .to_lowercase();
            // "If `key` does not exist" speaks of a case, not of the code.
            let is_case = ["if ", "when ", "where ", "unless ", "whether ", "in case "]
                .iter()
                .any(|word| sentence.split_inclusive(' ').any(|part| part == *word));
            if is_case && *kind == ClaimKind::Undefined {
                continue;
            }
            let name = found.name("name").map_or("", |name| name.as_str());
            let symbol = if name.is_empty() {
                draft.symbol.as_str()
            } else {
                name
            };
            if seen.insert((*kind, symbol.to_owned())) {
                told.push(Claim {
                    kind: *kind,
                    symbol: symbol.to_owned(),
                    path: String::new(),
                    quote: String::new(),
                });
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use base::{Category, Severity};

    use super::super::draft::Draft;
    use super::told_by_words;

    fn told(message: &str) -> Vec<String> {
        let draft = Draft {
            path: "a.rs".to_owned(),
            tag: String::new(),
            line: 0,
            quote: "x".to_owned(),
            symbol: "run".to_owned(),
            category: Category::Bug,
            severity: Severity::Warning,
            confidence: 0.8,
            title: String::new(),
            message: message.to_owned(),
            claims: Vec::new(),
            fix: None,
        };
        let claims = told_by_words(&draft).into_iter();
        claims
            .map(|claim| format!("{:?} {}", claim.kind, claim.symbol))
            .collect()
    }

    #[test]
    fn words_tell_a_statement_about_other_code() {
        for (message, expected) in [
            (
                "`retry` is not defined in this module.",
                vec!["Undefined retry"],
            ),
            (
                "The helper `retry` does not exist.",
                vec!["Undefined retry"],
            ),
            (
                "This calls an undefined function `retry`.",
                vec!["Undefined retry"],
            ),
            ("`retry` is never called.", vec!["NeverCalled retry"]),
            ("The parameter `zone` is unused.", vec!["Unused zone"]),
            (
                "Existing callers of `load` pass a path only.",
                vec!["Caller load"],
            ),
            ("Callers pass null here.", vec!["Caller run"]),
            (
                "The same pattern exists elsewhere in the code.",
                vec!["Elsewhere run"],
            ),
            ("If `key` does not exist the lookup returns null.", vec![]),
            ("Divides by `count`, which is 0 for an empty list.", vec![]),
            ("`value` is undefined when the promise is rejected.", vec![]),
        ] {
            assert_eq!(told(message), expected, "{message}");
        }
    }
}
