//! GitLab's code quality report: an array of issues, each with a fingerprint that survives shifts.

use base::Severity;
use serde_json::{Value, json};

use super::{View, pretty};
use crate::render::visible::visible;

pub(super) fn render(view: &View<'_>) -> String {
    let issues: Vec<Value> = view
        .report
        .findings
        .iter()
        .map(|finding| {
            let place = |offset| {
                view.report
                    .sources
                    .get(&finding.path)
                    .map_or(1, |text| text.line_column(offset).line)
            };
            let severity = match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "minor",
                Severity::Hint => "info",
            };
            json!({
                "type": "issue",
                "description": visible(&finding.title),
                "check_name": finding.rule,
                "content": { "body": finding.message },
                "categories": [category(finding.category)],
                "severity": severity,
                "fingerprint": finding.id.to_string(),
                "location": {
                    "path": finding.path,
                    "lines": { "begin": place(finding.span.start), "end": place(finding.span.end) },
                },
            })
        })
        .collect();
    pretty(&issues)
}

/// The categories of the code climate format, which GitLab's report is a subset of.
fn category(category: base::Category) -> &'static str {
    match category {
        base::Category::Bug | base::Category::Tests => "Bug Risk",
        base::Category::Security | base::Category::Dependency => "Security",
        base::Category::Performance => "Performance",
        base::Category::Maintainability | base::Category::Docs | base::Category::Process => {
            "Clarity"
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::super::fixture;

    #[test]
    fn issues() {
        let text = fixture::view(&fixture::report(), 80, false, super::render);
        expect_file!["../../tests/data/gitlab.json"].assert_eq(&text);
        assert!(!text.contains(fixture::SECRET));
    }
}
