//! The JSON report, schema `obelus.report/1`.
//!
//! These types are the contract with scripts: a field is added, never renamed or removed. Places are for people: lines
//! and columns from 1, columns in Unicode scalar values, the end exclusive.

use base::{Edit, Evidence, Finding, ModelStats, RelPath, Report, Span, Text};
use schemars::JsonSchema;
use serde::Serialize;

/// The value of `schema`.
pub const REPORT_SCHEMA: &str = "obelus.report/1";

/// What `obelus review --format json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Obelus report", rename = "Report")]
pub struct ReportJson {
    /// Always `obelus.report/1`.
    #[schemars(extend("const" = REPORT_SCHEMA))]
    pub schema: String,
    /// What was reviewed.
    pub change: ChangeJson,
    /// By path; within a file worst first.
    pub findings: Vec<FindingJson>,
    /// Findings held back by `obelus: allow` comments and dismissals.
    pub suppressed: usize,
    /// What was not reviewed, and why.
    pub skipped: Vec<SkippedJson>,
    /// How much work it was.
    pub stats: StatsJson,
}

/// The change that was reviewed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub struct ChangeJson {
    /// Commit id of the base; null for whole files and before the first commit.
    pub base: Option<String>,
    /// Commit id of the head; null for the index and the work tree.
    pub head: Option<String>,
    /// Files in the change.
    pub files: usize,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
}

/// One remark.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingJson {
    /// 16 hexadecimal digits, the same while the code shifts.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    pub id: String,
    /// What made it.
    #[schemars(extend("enum" = ["pattern", "analysis", "history", "model"]))]
    pub check: &'static str,
    /// The rule's id.
    pub rule: String,
    /// What kind of problem.
    #[schemars(extend("enum" = ["bug", "security", "performance", "maintainability", "tests", "docs", "dependency", "process"]))]
    pub category: &'static str,
    /// How bad.
    #[schemars(extend("enum" = ["error", "warning", "info", "hint"]))]
    pub severity: &'static str,
    /// How sure, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: f64,
    /// One line of plain text.
    pub title: String,
    /// Why it matters and what to do, Markdown.
    pub message: String,
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// The marked place.
    pub range: RangeJson,
    /// Other places that support it.
    pub evidence: Vec<EvidenceJson>,
    /// A repair, or null.
    pub fix: Option<FixJson>,
}

/// Another place that supports a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub struct EvidenceJson {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// The place.
    pub range: RangeJson,
    /// What is to be seen there.
    pub note: String,
}

/// A repair.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
pub struct FixJson {
    /// What it does.
    pub title: String,
    /// Replacements; none overlap.
    pub edits: Vec<EditJson>,
}

/// One replacement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
pub struct EditJson {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// What is replaced.
    pub range: RangeJson,
    /// The text to put there.
    pub new_text: String,
}

/// A half-open range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Range")]
pub struct RangeJson {
    /// First character.
    pub start: PositionJson,
    /// One past the last character.
    pub end: PositionJson,
}

/// A place between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Position")]
pub struct PositionJson {
    /// 1-based; lines end at LF or CRLF.
    #[schemars(range(min = 1))]
    pub line: u32,
    /// 1-based, in Unicode scalar values.
    #[schemars(range(min = 1))]
    pub column: u32,
}

/// Something that was not reviewed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Skipped")]
pub struct SkippedJson {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// How much work a review was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Stats")]
pub struct StatsJson {
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Files looked at.
    pub files: usize,
    /// Rules and checks that were active.
    pub rules: usize,
    /// The model's part, or null when none was used.
    pub model: Option<ModelStatsJson>,
}

/// What a model did and cost.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ModelStats")]
pub struct ModelStatsJson {
    /// `PROVIDER/model`.
    pub name: String,
    /// Requests sent.
    pub requests: u64,
    /// Tokens sent.
    pub input_tokens: u64,
    /// Of those, tokens the provider had cached.
    pub cached_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// US dollars; null where a price is not known.
    #[schemars(range(min = 0))]
    pub cost_usd: Option<f64>,
    /// Remarks that were proven and are not shown: over the limit, or like something that was dismissed.
    pub held_back: usize,
    /// Remarks that were dropped (no such place, refuted, unprovable, doubtful …).
    pub dropped: usize,
    /// Groups of related changes whose verdict was known already.
    pub frozen: usize,
}

/// The report in its JSON form.
pub fn report(report: &Report) -> ReportJson {
    let (coverage, lines) = (&report.coverage, &report.coverage.lines);
    ReportJson {
        schema: REPORT_SCHEMA.to_owned(),
        change: ChangeJson {
            base: report.base.clone(),
            head: report.head.clone(),
            files: coverage.files,
            additions: lines.additions,
            deletions: lines.deletions,
        },
        findings: report
            .findings
            .iter()
            .map(|found| finding(found, report))
            .collect(),
        suppressed: report.suppressed,
        skipped: report
            .skipped
            .iter()
            .map(|skipped| SkippedJson {
                path: skipped.path.to_string(),
                reason: skipped.reason.to_string(),
            })
            .collect(),
        stats: StatsJson {
            duration_ms: coverage.duration_ms,
            files: coverage.files,
            rules: coverage.rules,
            model: report.model.as_ref().map(model_stats),
        },
    }
}

/// What a model did and cost, in its JSON form.
pub fn model_stats(stats: &ModelStats) -> ModelStatsJson {
    ModelStatsJson {
        name: stats.name.clone(),
        requests: stats.requests,
        input_tokens: stats.usage.input_tokens,
        cached_tokens: stats.usage.cached_tokens,
        output_tokens: stats.usage.output_tokens,
        // Nothing was sent: that costs nothing, whatever the price.
        cost_usd: match stats.requests {
            0 => Some(0.0),
            _ => stats.usage.cost_micro_usd.map(|cost| cost as f64 / 1e6),
        },
        held_back: stats.held_back.len(),
        dropped: stats.dropped.values().sum(),
        frozen: stats.frozen,
    }
}

/// One finding in its JSON form; `report` holds the texts it points into.
pub fn finding(finding: &Finding, report: &Report) -> FindingJson {
    let range = |path: &RelPath, span| range(report.sources.get(path), span);
    let evidence = |evidence: &Evidence| EvidenceJson {
        path: evidence.path.to_string(),
        range: range(&evidence.path, evidence.span),
        note: evidence.note.clone(),
    };
    let edit = |edit: &Edit| EditJson {
        path: edit.path.to_string(),
        range: range(&edit.path, edit.span),
        new_text: edit.new_text.clone(),
    };
    FindingJson {
        id: finding.id.to_string(),
        check: finding.check.as_str(),
        rule: finding.rule.to_string(),
        category: finding.category.as_str(),
        severity: finding.severity.as_str(),
        // Hundredths: an f32 as f64 shows digits that nobody meant.
        confidence: (f64::from(finding.confidence.get()) * 100.0).round() / 100.0,
        title: finding.title.clone(),
        message: finding.message.clone(),
        path: finding.path.to_string(),
        range: range(&finding.path, finding.span),
        evidence: finding.evidence.iter().map(evidence).collect(),
        fix: finding.fix.as_ref().map(|fix| FixJson {
            title: fix.title.clone(),
            edits: fix.edits.iter().map(edit).collect(),
        }),
    }
}

/// A span for people; a file whose text is not there (a binary) has only its beginning.
pub fn range(text: Option<&Text>, span: Span) -> RangeJson {
    let position = |offset| match text {
        Some(text) => {
            let place = text.line_column(offset);
            PositionJson {
                line: place.line,
                column: place.column,
            }
        }
        None => PositionJson { line: 1, column: 1 },
    };
    RangeJson {
        start: position(span.start),
        end: position(span.end),
    }
}

#[cfg(test)]
mod tests {
    use base::{Category, CheckKind, Severity};

    #[test]
    fn the_schema_names_every_value() {
        let schema = crate::report_schema();
        let finding = &schema["$defs"]["Finding"]["properties"];
        let names = |property: &str| -> Vec<&str> {
            let values = finding[property]["enum"]
                .as_array()
                .expect("an enumeration");
            let mut names: Vec<_> = values.iter().filter_map(|value| value.as_str()).collect();
            names.sort();
            names
        };
        fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        }
        assert_eq!(
            names("check"),
            sorted(CheckKind::ALL.iter().map(|kind| kind.as_str()))
        );
        assert_eq!(
            names("category"),
            sorted(Category::ALL.iter().map(|category| category.as_str()))
        );
        assert_eq!(
            names("severity"),
            sorted(Severity::ALL.iter().map(|severity| severity.as_str()))
        );
    }
}
