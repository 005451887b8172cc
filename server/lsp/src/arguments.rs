//! The one JSON object that a command takes, read strictly: what is misspelled is said, not ignored.

use serde_json::{Map, Value};

use crate::proto::types::Range;
use crate::proto::{Error, Result};

/// The arguments of one call.
pub(crate) struct Arguments {
    command: &'static str,
    given: Map<String, Value>,
}

impl Arguments {
    /// Reads what the client sent. Nothing, `null` and an empty list (a language without other empty tables) are `{}`.
    pub(crate) fn read(
        command: &'static str,
        takes: &[&str],
        given: Option<Vec<Value>>,
    ) -> Result<Self> {
        let mut given = given.unwrap_or_default().into_iter();
        let first = given.next().unwrap_or(Value::Null);
        let one = given.next().is_none();
        let given = match first {
            Value::Object(given) if one => given,
            Value::Null if one => Map::new(),
            Value::Array(list) if one && list.is_empty() => Map::new(),
            _ => return Err(wrong(format!("{command} takes one JSON object"))),
        };
        let unknown = given.keys().find(|key| !takes.contains(&key.as_str()));
        if let Some(key) = unknown {
            let takes = match takes {
                [] => "nothing".to_owned(),
                takes => takes.join(", "),
            };
            let message = format!("{command} knows no `{key}`; it takes {takes}");
            return Err(wrong(message));
        }
        Ok(Self { command, given })
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.given.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.not_a(key, "a string", other)),
        }
    }

    pub(crate) fn owned(&self, key: &str) -> Result<Option<String>> {
        Ok(self.text(key)?.map(str::to_owned))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.given.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.not_a(key, "true or false", other)),
        }
    }

    /// A number that counts from 1.
    pub(crate) fn number(&self, key: &str) -> Result<Option<u64>> {
        match self.given.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(other) => match other.as_u64().filter(|number| *number > 0) {
                Some(number) => Ok(Some(number)),
                None => Err(self.not_a(key, "a number, 1 or more", other)),
            },
        }
    }

    /// All that was given.
    pub(crate) fn given(&self) -> &Map<String, Value> {
        &self.given
    }

    pub(crate) fn range(&self, key: &str) -> Result<Option<Range>> {
        match self.given.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(other) => match serde_json::from_value(other.clone()) {
                Ok(range) => Ok(Some(range)),
                Err(_) => Err(self.not_a(key, "a range with start and end", other)),
            },
        }
    }

    /// One of `choices`; the first where none is given.
    pub(crate) fn choice<'a>(&self, key: &str, choices: &[&'a str]) -> Result<&'a str> {
        let Some(given) = self.text(key)? else {
            return Ok(choices.first().copied().unwrap_or_default());
        };
        let known = choices.iter().find(|choice| **choice == given);
        known.copied().ok_or_else(|| {
            let choices = choices.join(", ");
            wrong(format!("no {key} `{given}`; there are {choices}"))
        })
    }

    fn not_a(&self, key: &str, what: &str, given: &Value) -> Error {
        let command = self.command;
        wrong(format!("{command}: `{key}` must be {what}, not {given}"))
    }
}

/// The error for arguments that mean nothing.
pub(crate) fn wrong(message: String) -> Error {
    Error::invalid_params(message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Arguments;

    #[test]
    fn what_is_not_understood_is_said() {
        let read = |given: Value| {
            let list = given.as_array().cloned();
            let arguments = Arguments::read("obelus.x", &["uri", "show", "range", "kind"], list)?;
            arguments.text("uri")?;
            arguments.flag("show")?;
            arguments.range("range")?;
            arguments.choice("kind", &["a", "b"]).map(str::to_owned)
        };
        for (given, expected) in [
            (json!(null), Ok("a")),
            (json!([]), Ok("a")),
            (json!([null]), Ok("a")),
            (json!([[]]), Ok("a")),
            (
                json!([{ "kind": "b", "uri": "file:///x", "show": true }]),
                Ok("b"),
            ),
            (json!([{ "uri": null }]), Ok("a")),
            (json!(["x"]), Err("obelus.x takes one JSON object")),
            (json!([{}, {}]), Err("obelus.x takes one JSON object")),
            (
                json!([{ "url": "file:///x" }]),
                Err("obelus.x knows no `url`; it takes uri, show, range, kind"),
            ),
            (
                json!([{ "uri": 1 }]),
                Err("obelus.x: `uri` must be a string, not 1"),
            ),
            (
                json!([{ "show": "yes" }]),
                Err("obelus.x: `show` must be true or false, not \"yes\""),
            ),
            (
                json!([{ "range": 3 }]),
                Err("obelus.x: `range` must be a range with start and end, not 3"),
            ),
            (json!([{ "kind": "c" }]), Err("no kind `c`; there are a, b")),
        ] {
            let read = read(given.clone()).map_err(|error| error.message.into_owned());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(read, expected, "{given}");
        }
    }
}
