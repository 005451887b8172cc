//! From a remark to a finding: placed by its quote, backed by evidence, in harmless words, with a repair that applies.
//!
//! Everything here is local and gives the same answer each time, so a frozen verdict passes through it as well.

use std::ops::Range;

use base::finding::Category;
use base::{CheckKind, Confidence, Evidence, Finding, RuleId, RuleMeta};

use super::anchor::{Hint, Lost, Sight, place, touches};
use super::claims::{Doubtful, gate};
use super::desk::Desk;
use super::draft::Draft;
use super::inert;
use super::plan::Group;
use super::repair::repair;
use super::shown::Shown;
use crate::analysis::Remark;
use crate::check::{Changed, check_remarks};
use crate::checks::{About, Draft as CheckDraft};
use crate::document::Document;

/// A remark with a place and a finding.
#[derive(Clone, Debug)]
pub(super) struct Proven {
    pub(super) finding: Finding,
    pub(super) draft: Draft,
    /// The changed file it lies in, and its lines there.
    pub(super) file: usize,
    pub(super) lines: Range<u32>,
}

/// Why a remark is dropped, as the report counts it.
pub(super) type Dropped = &'static str;

/// What a person sees of the rule behind each category.
const ABOUT: &[About] = &[
    about(
        Category::Bug,
        "model/bug",
        "A defect that a language model found",
    ),
    about(
        Category::Security,
        "model/security",
        "A security problem that a language model found",
    ),
    about(
        Category::Performance,
        "model/performance",
        "A loss of speed that a language model found",
    ),
    about(
        Category::Maintainability,
        "model/maintainability",
        "A trap for later that a language model found",
    ),
    about(
        Category::Tests,
        "model/tests",
        "A weak test that a language model found",
    ),
    about(
        Category::Docs,
        "model/docs",
        "Wrong documentation that a language model found",
    ),
    about(
        Category::Dependency,
        "model/dependency",
        "A problem with a dependency that a language model found",
    ),
    about(
        Category::Process,
        "model/process",
        "A left-over that a language model found",
    ),
];

const fn about(category: Category, id: &'static str, title: &'static str) -> About {
    About {
        id,
        category,
        severity: base::Severity::Warning,
        confidence: 0.8,
        title,
        why: "A language model read the change and made this remark. It is shown because the code that it quotes stands at \
              this place, because what it says about other code was looked up, and because a second look could not refute \
              it. It may still be wrong: dismiss it with a reason, and it does not come back until the code changes.",
        bad: "",
        good: "",
        cwe: None,
        references: &[],
    }
}

/// The descriptions of what models find.
pub(crate) fn metas() -> Vec<RuleMeta> {
    let metas = ABOUT.iter().map(|about| RuleMeta {
        check: CheckKind::Model,
        ..about.meta()
    });
    metas.collect()
}

/// Proves a remark on what was shown; `confidence` where it was judged before.
pub(super) fn prove(
    desk: &Desk,
    shown: &Shown,
    draft: Draft,
    confidence: Option<f32>,
) -> Result<Proven, Dropped> {
    let (index, ranges) = shown
        .lines
        .iter()
        .find(|(index, _)| {
            desk.file(*index)
                .is_some_and(|file| names(&draft.path, file.path().as_str()))
        })
        .ok_or("out-of-scope")?;
    let file = desk.file(*index).ok_or("out-of-scope")?;
    let page = desk.page(file.path()).ok_or("out-of-scope")?;
    let sight = desk.sight(&page, file, ranges.clone());
    let hint = Hint {
        quote: &draft.quote,
        tag: &draft.tag,
        line: draft.line,
        symbol: &draft.symbol,
    };
    let lines = place(&sight, hint).map_err(|lost| match lost {
        Lost::Absent => "no-place",
        Lost::Ambiguous => "ambiguous-place",
    })?;
    let elsewhere = elsewhere(&sight, &lines)?;
    // Kept with a frozen verdict: the place is found again by what was found out now, not by what was said.
    let draft = Draft {
        path: file.path().as_str().to_owned(),
        tag: page.tag(lines.start).to_owned(),
        line: 0,
        ..draft
    };
    let evidence = gate(desk, &sight, &draft).map_err(|doubtful| match doubtful {
        Doubtful::Refuted => "refuted",
        Doubtful::Unprovable => "unprovable",
    })?;
    let mut finding = finding(
        desk, &draft, &sight, &lines, evidence, elsewhere, confidence,
    )?;
    if let Some(fix) = &draft.fix {
        finding.fix = repair(desk, &page, &lines, fix);
    }
    Ok(Proven {
        finding,
        draft,
        file: *index,
        lines,
    })
}

/// Whether a path as a model writes it names this file.
fn names(written: &str, path: &str) -> bool {
    let written = written.trim().trim_start_matches("./");
    let stripped = written
        .strip_prefix("a/")
        .or_else(|| written.strip_prefix("b/"));
    written == path || stripped == Some(path)
}

/// Why a remark is shown that lies on no changed line; an error where it has nothing to do with the change.
fn elsewhere(sight: &Sight<'_>, lines: &Range<u32>) -> Result<Option<String>, Dropped> {
    if touches(&sight.changed, lines) {
        return Ok(None);
    }
    let shown = sight.shown.iter().any(|range| range.contains(&lines.start));
    let same_symbol = sight.symbols.iter().any(|(_, symbol)| {
        symbol.len() <= 400
            && symbol.contains(&lines.start)
            && sight
                .changed
                .iter()
                .any(|change| touches(std::slice::from_ref(change), symbol))
    });
    match shown || same_symbol {
        true => Ok(Some("the change beside it makes it matter".to_owned())),
        false => Err("out-of-scope"),
    }
}

fn finding(
    desk: &Desk,
    draft: &Draft,
    sight: &Sight<'_>,
    lines: &Range<u32>,
    evidence: Vec<Evidence>,
    elsewhere: Option<String>,
    confidence: Option<f32>,
) -> Result<Finding, Dropped> {
    let about = ABOUT
        .iter()
        .find(|about| about.category == draft.category)
        .ok_or("unreadable")?;
    let (title, message) = (inert::title(&draft.title), inert::message(&draft.message));
    if title.is_empty() {
        return Err("unreadable");
    }
    let page = sight.page;
    let changed = sight
        .changed
        .iter()
        .map(|range| page.text.lines().lines_span(range.clone()));
    let changed = Changed::Lines(changed.collect());
    let remark = Remark {
        path: page.path.clone(),
        draft: CheckDraft {
            rule: RuleId::new(about.id),
            span: page.span(lines.clone()),
            title: Some(title),
            severity: Some(draft.severity),
            // Whether it is sure enough is judged after the second look.
            confidence: Some(Confidence::new(1.0)),
            sensitive: false,
        },
        message,
        evidence,
        elsewhere,
    };
    let document = Document::new(page.path.clone(), page.text.clone());
    let result = check_remarks(&desk.engine, &document, &changed, vec![remark]);
    let mut findings = result.findings;
    let mut finding = findings.pop().ok_or(match result.suppressed {
        0 => "switched-off",
        _ => SUPPRESSED,
    })?;
    finding.confidence = Confidence::new(confidence.unwrap_or(draft.confidence));
    Ok(finding)
}

/// Held back by a comment or a dismissal: counted with the suppressed ones.
pub(super) const SUPPRESSED: Dropped = "suppressed";

/// The group that some lines of a file belong to: the one whose changes are nearest.
pub(super) fn group_of(
    groups: &[Group],
    among: &[usize],
    file: usize,
    lines: &Range<u32>,
) -> Option<usize> {
    let distance = |group: &Group| {
        let pieces = group.pieces.iter().filter(|piece| piece.file == file);
        let hunks = pieces.flat_map(|piece| &piece.hunks);
        hunks
            .map(|hunk| {
                match (
                    lines.start < hunk.new.end.max(hunk.new.start + 1),
                    hunk.new.start < lines.end,
                ) {
                    (true, true) => 0,
                    (false, _) => lines.start - hunk.new.end.min(lines.start),
                    (_, false) => hunk.new.start - lines.end.min(hunk.new.start),
                }
            })
            .min()
    };
    let near = among
        .iter()
        .filter_map(|at| Some((distance(groups.get(*at)?)?, *at)));
    near.min().map(|(_, at)| at)
}
