//! The JSON report: the form is `review`'s, only the layout is decided here.

use serde::Serialize;

use super::View;
use super::visible::is_hidden;

pub(super) fn render(view: &View<'_>) -> String {
    pretty(&review::json::report(view.report))
}

/// Any value as indented JSON with a line feed at the end. Control, bidirectional and invisible characters are written as
/// escapes, which mean the same to a reader of JSON and nothing to a terminal.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Our own types have string keys only, so this cannot fail; an empty object would be a visible defect, not a crash.
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "{}".to_owned());
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Line feeds stand between values only, everything else that is hidden stands inside strings only.
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
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
    fn hidden_characters_are_escaped_and_mean_the_same() {
        let hidden = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}\n\"b";
        let text = super::pretty(&[hidden]);
        assert!(text.is_ascii(), "{text}");
        assert_eq!(
            serde_json::from_str::<Vec<String>>(&text).expect("JSON"),
            [hidden]
        );
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
