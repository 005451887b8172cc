//! All local checks on one file: pattern rules, text checks, then what makes findings of their results.
//!
//! The same function serves the editor and a review; only what counts as changed differs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use base::change::SkipReason;
use base::{
    CheckKind, Evidence, Finding, FindingId, Placement, RelPath, RuleId, RuleMeta, Span, Text, diff,
};
use syntax::{Match, Tree};

use crate::analysis::Remark;
use crate::checks::{self, Draft, Input};
use crate::document::Document;
use crate::engine::{Active, Engine};
use crate::fingerprint::identify;
use crate::fix;
use crate::suppress::{self, Allow};

/// What the checks say about one file.
#[derive(Clone, Debug, Default)]
pub struct CheckResult {
    /// Worst first, with ids.
    pub findings: Vec<Finding>,
    /// Findings held back by comments and dismissals.
    pub suppressed: usize,
    /// Why the file was not (or not wholly) looked at.
    pub skipped: Option<SkipReason>,
}

/// Checks one version of an open file: what lies on lines that differ from `old` (all lines when there is none).
pub fn check(engine: &Engine, document: &Document, old: Option<&Text>) -> CheckResult {
    let skip = |reason| CheckResult {
        skipped: Some(reason),
        ..CheckResult::default()
    };
    let (settings, path, text) = (engine.settings(), document.path(), document.text());
    if let Some(pattern) = settings.exclude.matched(path) {
        return skip(SkipReason::Excluded(pattern.to_owned()));
    }
    if !settings.include.is_empty() && settings.include.matched(path).is_none() {
        return CheckResult::default();
    }
    if let Some(reason) = too_large(engine, text) {
        return skip(reason);
    }
    if let Some(reason) = document.unreviewed() {
        return skip(reason.clone());
    }
    let changed = match old {
        None => Changed::All,
        Some(old) => Changed::lines(old, text),
    };
    contained(|| check_document(engine, document, &changed, Vec::new()))
}

/// Larger than the settings allow?
pub(crate) fn too_large(engine: &Engine, text: &Text) -> Option<SkipReason> {
    let (bytes, limit) = (text.len() as u64, engine.settings().max_file_size);
    (bytes > limit).then_some(SkipReason::TooLarge { bytes, limit })
}

/// A panic in the checks of one file costs that file and nothing else.
pub(crate) fn contained(work: impl FnOnce() -> CheckResult) -> CheckResult {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| CheckResult {
        skipped: Some(SkipReason::CheckFailed(
            "a check panicked; please report this".to_owned(),
        )),
        ..CheckResult::default()
    })
}

/// Which lines are under review.
pub(crate) enum Changed {
    /// All.
    All,
    /// Whole lines, in order; an empty span is a place where lines were removed.
    Lines(Vec<Span>),
}

impl Changed {
    /// What differs between two texts.
    fn lines(old: &Text, new: &Text) -> Self {
        let hunks = diff::hunks(old.as_str(), new.as_str());
        Self::Lines(
            hunks
                .into_iter()
                .map(|hunk| new.lines().lines_span(hunk.new))
                .collect(),
        )
    }

    fn within(&self) -> Option<&[Span]> {
        match self {
            Self::All => None,
            Self::Lines(spans) => Some(spans),
        }
    }

    /// Whether a finding at `span` belongs to the change, and how.
    fn place(&self, span: Span) -> Option<Placement> {
        let Self::Lines(lines) = self else {
            return Some(Placement::Changed);
        };
        let first = lines.partition_point(|line| line.end < span.start);
        let near = || {
            lines[first..]
                .iter()
                .take_while(|line| line.start <= span.end)
        };
        if near().any(|line| !line.is_empty() && line.touches(span)) {
            return Some(Placement::Changed);
        }
        // Beside removed lines is not enough: they must have stood inside what is marked.
        let removed =
            near().any(|line| line.is_empty() && span.start < line.start && line.start < span.end);
        removed.then(|| Placement::Elsewhere("lines were removed inside it".to_owned()))
    }
}

/// Runs everything on one text. `drafts` are findings about the file as such, already known to belong to the change.
pub(crate) fn check_document(
    engine: &Engine,
    document: &Document,
    changed: &Changed,
    drafts: Vec<Draft>,
) -> CheckResult {
    let (path, text) = (document.path(), document.text());
    let active = engine.active(path);
    let untouched = matches!(changed, Changed::Lines(lines) if lines.is_empty());
    if untouched && drafts.is_empty() {
        return CheckResult::default();
    }
    let deadline = engine.settings().parse_deadline;
    let (tree, skipped) = split(wanted_tree(engine, document, deadline));
    let mut maker = Maker {
        engine,
        active: &active,
        path,
        changed,
        findings: Vec::new(),
    };
    for draft in drafts {
        maker.draft(draft, Some(Placement::Changed));
    }
    if !untouched {
        if let Some(tree) = tree {
            let enabled = |id: &RuleId| active.severity(id).is_some();
            for found in engine.rules().run(tree, path, changed.within(), &enabled) {
                maker.found(found);
            }
        }
        let input = Input {
            path,
            text: text.as_str(),
            within: changed.within(),
            language: document.language(),
        };
        for draft in checks::check_text(&input) {
            let placement = changed.place(draft.span);
            maker.draft(draft, placement);
        }
    }
    let mut findings = maker.findings;
    sort(&mut findings);
    findings.dedup_by(|b, a| a.rule == b.rule && a.span == b.span);
    // Identity depends on the definitions around a finding, so a tree is needed even where no rule asked for one.
    let (tree, skipped) = match (tree, skipped) {
        (None, None) if !findings.is_empty() => split(document.tree(deadline)),
        already => already,
    };
    let mut allows = suppress::allows(text, tree);
    let mut suppressed = suppress::silence(&mut allows, &mut findings, text);
    about_allows(&active, document, changed, &allows, engine, &mut findings);
    identify(&mut findings, text, tree);
    suppressed += engine.dismiss(&mut findings);
    fix::prove(text, tree, &mut findings, deadline);
    sort(&mut findings);
    CheckResult {
        findings,
        suppressed,
        skipped,
    }
}

/// Makes findings of what the checks across files say about one text. `changed` is what places them.
pub(crate) fn check_remarks(
    engine: &Engine,
    document: &Document,
    changed: &Changed,
    remarks: Vec<Remark>,
) -> CheckResult {
    let (path, text) = (document.path(), document.text());
    let active = engine.active(path);
    let mut maker = Maker {
        engine,
        active: &active,
        path,
        changed,
        findings: Vec::new(),
    };
    for remark in remarks {
        let placement = match changed.place(remark.draft.span) {
            Some(placement) => placement,
            None => match remark.elsewhere {
                Some(why) => Placement::Elsewhere(why),
                None => continue,
            },
        };
        let before = maker.findings.len();
        maker.draft(remark.draft, Some(placement));
        if let Some(finding) = maker.findings.get_mut(before) {
            finding.message = remark.message;
            finding.evidence = remark.evidence;
        }
    }
    let mut findings = maker.findings;
    let (tree, skipped) = split(document.tree(engine.settings().parse_deadline));
    let mut allows = suppress::allows(text, tree);
    let mut suppressed = suppress::silence(&mut allows, &mut findings, text);
    identify(&mut findings, text, tree);
    suppressed += engine.dismiss(&mut findings);
    sort(&mut findings);
    CheckResult {
        findings,
        suppressed,
        skipped,
    }
}

/// The tree, when something will look at it: parsing is most of the work.
fn wanted_tree<'d>(
    engine: &Engine,
    document: &'d Document,
    deadline: Duration,
) -> Result<Option<&'d Tree>, SkipReason> {
    let covered = document
        .language()
        .is_some_and(|language| engine.rules().covers(language));
    // Without rules a tree still tells comments from strings, which matters where a comment could silence something.
    let commented =
        || memchr::memmem::find(document.text().as_str().as_bytes(), b"obelus:").is_some();
    match covered || commented() {
        true => document.tree(deadline),
        false => Ok(None),
    }
}

fn split<T>(result: Result<Option<T>, SkipReason>) -> (Option<T>, Option<SkipReason>) {
    match result {
        Ok(tree) => (tree, None),
        Err(reason) => (None, Some(reason)),
    }
}

/// Worst first, then by place; the rule's name settles what is left.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (b.severity.cmp(&a.severity))
            .then_with(|| a.span.cmp(&b.span))
            .then_with(|| a.rule.cmp(&b.rule))
    });
}

/// Makes findings of what rules and checks say, leaving out what is switched off or not part of the change.
struct Maker<'a> {
    engine: &'a Engine,
    active: &'a Active<'a>,
    path: &'a RelPath,
    changed: &'a Changed,
    findings: Vec<Finding>,
}

impl Maker<'_> {
    fn found(&mut self, found: Match) {
        let Some(placement) = self.changed.place(found.span) else {
            return;
        };
        let Some(severity) = self.active.severity(&found.rule.id) else {
            return;
        };
        let evidence = found.labels.into_iter().map(|(span, note)| Evidence {
            path: self.path.clone(),
            span,
            note,
        });
        let evidence = evidence.collect();
        let mut finding = self.finding(&found.rule, found.span, placement);
        finding.severity = severity;
        finding.title = found.title;
        finding.evidence = evidence;
        finding.fix = found.fix;
        self.findings.push(finding);
    }

    fn draft(&mut self, draft: Draft, placement: Option<Placement>) {
        let (Some(placement), Some(meta)) = (placement, self.active.meta(&draft.rule)) else {
            return;
        };
        let Some(severity) = self.active.severity(&draft.rule) else {
            return;
        };
        // A check may rate one case unlike its rule; what the user said about the rule comes first.
        let own = draft.severity.filter(|_| severity == meta.severity);
        let settings = self.engine.settings();
        let mild = own.is_some_and(|own| own < settings.min_severity);
        let unsure = draft
            .confidence
            .is_some_and(|own| own.get() < settings.min_confidence);
        if mild || unsure {
            return;
        }
        let mut finding = self.finding(meta, draft.span, placement);
        finding.severity = own.unwrap_or(severity);
        finding.confidence = draft.confidence.unwrap_or(meta.confidence);
        finding.title = draft.title.unwrap_or_else(|| meta.title.clone());
        finding.sensitive = draft.sensitive;
        self.findings.push(finding);
    }

    fn finding(&self, meta: &Arc<RuleMeta>, span: Span, placement: Placement) -> Finding {
        Finding {
            id: FindingId::default(),
            check: meta.check,
            rule: meta.id.clone(),
            category: meta.category,
            severity: meta.severity,
            confidence: meta.confidence,
            title: meta.title.clone(),
            message: meta.why.trim_end().to_owned(),
            path: self.path.clone(),
            span,
            placement,
            evidence: Vec::new(),
            fix: None,
            sensitive: false,
        }
    }
}

/// Findings about `obelus: allow` comments themselves; no such comment silences them.
fn about_allows(
    active: &Active<'_>,
    document: &Document,
    changed: &Changed,
    allows: &[Allow],
    engine: &Engine,
    findings: &mut Vec<Finding>,
) {
    let mut maker = Maker {
        engine,
        active,
        path: document.path(),
        changed,
        findings: Vec::new(),
    };
    for allow in allows {
        if !allow.reasoned {
            let draft = Draft::new(suppress::WITHOUT_REASON, allow.span);
            maker.draft(draft, changed.place(allow.span));
        }
        // Only a check of the whole file with every named rule running can say that there was nothing to silence.
        if !allow.used && matches!(changed, Changed::All) {
            let named = engine.catalogue().iter().filter(|meta| {
                allow
                    .rules
                    .iter()
                    .any(|rule| rule.matches(meta.id.as_str()))
            });
            if named
                .clone()
                .all(|meta| meta.check == CheckKind::Pattern && active.severity(&meta.id).is_some())
            {
                let mut draft = Draft::new(suppress::UNUSED, allow.span);
                if named.count() == 0 {
                    draft = draft.titled(
                        "An `obelus: allow` comment names a rule that does not exist".to_owned(),
                    );
                }
                maker.draft(draft, Some(Placement::Changed));
            }
        }
    }
    findings.append(&mut maker.findings);
}
