//! SARIF 2.1.0, as code scanning services take it.
//!
//! Rules stand once in the driver with their help texts, results point at them by index. `partialFingerprints` carries
//! the finding's id, so that a service recognises a finding whose lines have shifted. No snippet of source is included:
//! the service has the file, and a secret must not be copied into a report.

use std::collections::BTreeMap;

use base::{Edit, Finding, RelPath, Report, RuleMeta, Severity, Skipped, Span, Text};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Invocation, Location, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region, Replacement,
    ReportingConfiguration, ReportingDescriptor, Result as SarifResult, Run, Sarif, Tool,
    ToolComponent,
};

use super::visible::{visible, visible_lines};
use super::{View, pretty};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(view: &View<'_>) -> String {
    let report = view.report;
    let mut indexes: BTreeMap<&str, i64> = BTreeMap::new();
    let mut rules = Vec::new();
    for finding in &report.findings {
        indexes.entry(finding.rule.as_str()).or_insert_with(|| {
            rules.push(descriptor(
                finding,
                (view.rule)(finding.rule.as_str()).as_deref(),
            ));
            rules.len() as i64 - 1
        });
    }
    let results: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            result(
                report,
                finding,
                indexes.get(finding.rule.as_str()).copied().unwrap_or(-1),
            )
        })
        .collect();
    let driver = ToolComponent::builder()
        .name("Obelus")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build();
    let invocation = Invocation::builder()
        .execution_successful(!report.is_incomplete())
        .tool_execution_notifications(report.skipped.iter().map(not_reviewed).collect::<Vec<_>>())
        .tool_configuration_notifications(
            report
                .problems
                .iter()
                .map(|text| notification("warning", text))
                .collect::<Vec<_>>(),
        )
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!("unicodeCodePoints"))
        .newline_sequences(vec!["\r\n".to_owned(), "\n".to_owned()])
        .invocations(vec![invocation])
        .results(results)
        .build();
    let log = Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs(vec![run])
        .build();
    pretty(&log)
}

fn descriptor(finding: &Finding, meta: Option<&RuleMeta>) -> ReportingDescriptor {
    let text = |text: &str| {
        MultiformatMessageString::builder()
            .text(visible_lines(text.trim()))
            .build()
    };
    // A finding's title has its metavariables filled in; the rule's own does not.
    let title = meta.map_or(finding.title.as_str(), |meta| meta.title.as_str());
    let why = meta.map_or(finding.message.as_str(), |meta| meta.why.as_str());
    let severity = meta.map_or(finding.severity, |meta| meta.severity);
    let confidence = meta.map_or(finding.confidence, |meta| meta.confidence);
    let mut properties =
        BTreeMap::from([("precision".to_owned(), json!(precision(confidence.get())))]);
    let mut tags = vec![finding.category.to_string()];
    if finding.category == base::Category::Security {
        // Code scanning sorts security alerts by this number, 0 to 10.
        let score = match severity {
            Severity::Error => "8.0",
            Severity::Warning => "5.0",
            Severity::Info | Severity::Hint => "2.0",
        };
        properties.insert("security-severity".to_owned(), json!(score));
    }
    if let Some(cwe) = meta.and_then(|meta| meta.cwe) {
        tags.push(format!("external/cwe/cwe-{cwe:03}"));
    }
    let help = MultiformatMessageString::builder()
        .text(visible_lines(why.trim()))
        .markdown(visible_lines(&help(finding, meta, why)))
        .build();
    let descriptor = ReportingDescriptor::builder()
        .id(finding.rule.as_str())
        .short_description(text(title))
        .full_description(text(why))
        .help(help)
        .default_configuration(
            ReportingConfiguration::builder()
                .level(json!(level(severity)))
                .build(),
        )
        .properties(
            PropertyBag::builder()
                .tags(tags)
                .additional_properties(properties)
                .build(),
        );
    let web = |uri: &&String| {
        uri.starts_with("https://") && !uri.contains(|c: char| !c.is_ascii_graphic())
    };
    match meta.and_then(|meta| meta.references.iter().find(web)) {
        Some(uri) => descriptor.help_uri(uri.as_str()).build(),
        None => descriptor.build(),
    }
}

fn help(finding: &Finding, meta: Option<&RuleMeta>, why: &str) -> String {
    let mut text = format!("{}\n", why.trim());
    let Some(meta) = meta else { return text };
    let language = meta.languages.first().map_or("", String::as_str);
    for (heading, code) in [("Reported", &meta.bad), ("Better", &meta.good)] {
        if !code.trim().is_empty() {
            text.push_str(&format!(
                "\n**{heading}**\n\n~~~{language}\n{}\n~~~\n",
                code.trim_end()
            ));
        }
    }
    text.push_str(&format!(
        "\nTo silence it at one place: `obelus: allow({}) why` in a comment above the line.\n",
        finding.rule
    ));
    text
}

fn result(report: &Report, finding: &Finding, index: i64) -> SarifResult {
    let related: Vec<_> = finding
        .evidence
        .iter()
        .enumerate()
        .map(|(number, evidence)| {
            Location::builder()
                .id(number as i64)
                .message(message(&evidence.note))
                .physical_location(place(report, &evidence.path, evidence.span))
                .build()
        })
        .collect();
    let properties = BTreeMap::from([
        ("category".to_owned(), json!(finding.category)),
        ("check".to_owned(), json!(finding.check)),
        (
            "confidence".to_owned(),
            json!((f64::from(finding.confidence.get()) * 1000.0).round() / 1000.0),
        ),
    ]);
    let text = format!(
        "{}\n\n{}",
        visible(&finding.title),
        visible_lines(finding.message.trim())
    );
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.as_str())
        .rule_index(index)
        .message(Message::builder().text(text).build())
        .locations(vec![
            Location::builder()
                .physical_location(place(report, &finding.path, finding.span))
                .build(),
        ])
        .partial_fingerprints(BTreeMap::from([(
            "obelus/v1".to_owned(),
            finding.id.to_string(),
        )]))
        .properties(
            PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build();
    result.level = serde_json::from_value(json!(level(finding.severity))).ok();
    result.related_locations = (!related.is_empty()).then_some(related);
    result.fixes = finding.fix.as_ref().and_then(|fix| {
        let mut by_path: BTreeMap<&RelPath, Vec<&Edit>> = BTreeMap::new();
        for edit in &fix.edits {
            by_path.entry(&edit.path).or_default().push(edit);
        }
        // A place cannot be given as lines and columns without the text: then the fix is left out whole.
        let changes: Option<Vec<_>> = by_path
            .into_iter()
            .map(|(path, edits)| Some(change(path, report.sources.get(path)?, &edits)))
            .collect();
        Some(vec![
            Fix::builder()
                .description(message(&fix.title))
                .artifact_changes(changes?)
                .build(),
        ])
    });
    result
}

fn change(path: &RelPath, text: &Text, edits: &[&Edit]) -> ArtifactChange {
    let replacements: Vec<_> = edits
        .iter()
        .map(|edit| {
            Replacement::builder()
                .deleted_region(region(text, edit.span))
                .inserted_content(
                    ArtifactContent::builder()
                        .text(edit.new_text.as_str())
                        .build(),
                )
                .build()
        })
        .collect();
    ArtifactChange::builder()
        .artifact_location(artifact(path))
        .replacements(replacements)
        .build()
}

fn place(report: &Report, path: &RelPath, span: Span) -> PhysicalLocation {
    let place = PhysicalLocation::builder().artifact_location(artifact(path));
    match report.sources.get(path) {
        Some(text) => place.region(region(text, span)).build(),
        None => place.build(),
    }
}

fn region(text: &Text, span: Span) -> Region {
    let (start, end) = (text.line_column(span.start), text.line_column(span.end));
    Region::builder()
        .start_line(i64::from(start.line))
        .start_column(i64::from(start.column))
        .end_line(i64::from(end.line))
        .end_column(i64::from(end.column))
        .build()
}

fn artifact(path: &RelPath) -> ArtifactLocation {
    ArtifactLocation::builder()
        .uri(uri(path.as_str()))
        .uri_base_id("%SRCROOT%")
        .build()
}

/// A relative path as a URI reference: what is not unreserved is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn not_reviewed(skipped: &Skipped) -> Notification {
    let level = if skipped.reason.is_failure() {
        "error"
    } else {
        "note"
    };
    let text = format!("Not reviewed: {}", skipped.reason);
    let mut notification = notification(level, &text);
    let place = PhysicalLocation::builder()
        .artifact_location(artifact(&skipped.path))
        .build();
    notification.locations = Some(vec![Location::builder().physical_location(place).build()]);
    notification
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder()
        .level(Value::from(level))
        .message(message(text))
        .build()
}

fn message(text: &str) -> Message {
    Message::builder().text(visible_lines(text)).build()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

fn precision(confidence: f32) -> &'static str {
    match confidence {
        c if c >= 0.9 => "very-high",
        c if c >= 0.7 => "high",
        c if c >= 0.5 => "medium",
        _ => "low",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use serde_json::Value;

    use super::super::fixture;

    #[test]
    fn log() {
        let text = fixture::view(&fixture::report(), 80, false, super::render);
        expect_file!["../../tests/data/report.sarif"]
            .assert_eq(&text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
        assert!(!text.contains(fixture::SECRET));
    }

    #[test]
    fn valid_by_the_schema() {
        // One pattern of the schema holds a `]` that only lenient dialects of regular expressions take.
        let schema =
            include_str!("../../tests/data/sarif-2.1.0.schema.json").replace("{2}]?$", r"{2}\\]?$");
        let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema compiles");
        for report in [fixture::report(), fixture::clean(), base::Report::default()] {
            let text = fixture::view(&report, 80, false, super::render);
            let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
            let errors: Vec<_> = validator
                .iter_errors(&log)
                .map(|error| format!("{} at {}", error, error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
        let wrong = serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]});
        assert!(
            !validator.is_valid(&wrong),
            "the validator accepts a run without a tool"
        );
    }
}
