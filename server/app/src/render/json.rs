//! The JSON report: the form is `review`'s, only the layout is decided here.

use serde::Serialize;

use super::View;

pub(super) fn render(view: &View<'_>) -> String {
    pretty(&review::json::report(view.report))
}

/// Any value as indented JSON with a line feed at the end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Our own types have string keys only, so this cannot fail; an empty object would be a visible defect, not a crash.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use serde_json::Value;

    use super::super::fixture;

    #[test]
    fn report() {
        let text = fixture::view(&fixture::report(), 80, false, super::render);
        expect_file!["../../tests/data/report.json"].assert_eq(&text);
        assert!(!text.contains(fixture::SECRET));
    }

    #[test]
    fn valid_by_the_schema() {
        let validator =
            jsonschema::validator_for(&review::report_schema()).expect("the schema compiles");
        for report in [fixture::report(), fixture::clean(), base::Report::default()] {
            let text = fixture::view(&report, 80, false, super::render);
            let report: Value = serde_json::from_str(&text).expect("the report is JSON");
            let errors: Vec<_> = validator
                .iter_errors(&report)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
    }
}
