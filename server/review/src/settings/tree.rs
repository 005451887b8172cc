//! A configuration file as a value, with the line of every key.
//!
//! TOML is turned into the same tree that the editor's JSON settings have, so that one validation serves both.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the 1-based lines of its keys, by dotted path.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) value: Map<String, Value>,
    pub(crate) lines: HashMap<String, u32>,
}

/// Reads TOML; a syntax error comes with its line.
pub(crate) fn toml(text: &str) -> Result<Written, (Option<u32>, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        (line, error.message().to_owned())
    })?;
    let mut lines = HashMap::new();
    let value = object(table.get_ref(), "", text, &mut lines);
    Ok(Written { value, lines })
}

/// `parent.key`, the key quoted where it is not a bare one.
pub(crate) fn dotted(parent: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = match bare {
        true => key.to_owned(),
        false => format!("{key:?}"),
    };
    match parent {
        "" => key,
        _ => format!("{parent}.{key}"),
    }
}

// The parser limits nesting, so the recursion is as deep as it allows and no deeper.
fn object(
    table: &DeTable<'_>,
    path: &str,
    text: &str,
    lines: &mut HashMap<String, u32>,
) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in table {
        let path = dotted(path, key.get_ref());
        lines.insert(path.clone(), line_of(text, key.span().start));
        let value = convert(value, &path, text, lines);
        map.insert(key.get_ref().to_string(), value);
    }
    map
}

fn convert(
    value: &Spanned<DeValue<'_>>,
    path: &str,
    text: &str,
    lines: &mut HashMap<String, u32>,
) -> Value {
    match value.get_ref() {
        DeValue::String(string) => Value::String(string.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Value::Number(number.into()),
            Err(_) => Value::String(integer.to_string()),
        },
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => Value::Number(number),
            // `inf` and `nan` are no JSON numbers; as strings they fail validation with a clear message.
            None => Value::String(float.to_string()),
        },
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(array) => Value::Array(
            array
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let path = format!("{path}[{index}]");
                    lines.insert(path.clone(), line_of(text, item.span().start));
                    convert(item, &path, text, lines)
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Object(object(table, path, text, lines)),
    }
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    memchr::memchr_iter(b'\n', before).count() as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::toml;

    #[test]
    fn every_key_has_its_line() {
        let written = toml(
            "a = 1\n\n[rules]\n\"rust/*\" = \"off\"\n\n[[overrides]]\npaths = [\n  \"x\",\n]\n",
        )
        .expect("toml");
        for (path, line) in [
            ("a", 1),
            ("rules", 3),
            ("rules.\"rust/*\"", 4),
            ("overrides[0].paths", 7),
            ("overrides[0].paths[0]", 8),
        ] {
            assert_eq!(
                written.lines.get(path),
                Some(&line),
                "{path}: {:?}",
                written.lines
            );
        }
    }

    #[test]
    fn a_syntax_error_has_its_line() {
        let (line, message) = toml("a = 1\nb = = 2\n").expect_err("broken");
        assert_eq!(line, Some(2), "{message}");
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(toml(&deep).is_err());
    }
}
