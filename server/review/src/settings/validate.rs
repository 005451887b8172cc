//! Compares what was written with the JSON Schema of the type it is meant for.
//!
//! One walk finds every mistake (a deserializer stops at the first), knows the key of each, and tells a key that is
//! unknown from one that exists but is privileged: unknown to the workspace's schema, known to the user's.

use serde_json::{Map, Value};

use super::tree::dotted;

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Dotted path of the key.
    pub(crate) key: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// What kind of mistake.
    pub(crate) kind: MistakeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MistakeKind {
    /// Wrong type or value.
    Value,
    /// A key that exists nowhere.
    UnknownKey,
    /// A key that only the user may set.
    Privileged,
}

/// Checks `object` against `schema` and removes what is wrong from it. `wider` is the schema of a layer with more
/// rights; what only that one knows is [privileged](MistakeKind::Privileged).
pub(crate) fn validate(
    object: &mut Map<String, Value>,
    schema: &Value,
    wider: Option<&Value>,
) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    walk_object(object, schema, wider, "", &mut mistakes);
    mistakes
}

/// The candidate most like `name`, if one is like it.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = name.to_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .map(|candidate| {
            let normal = candidate.to_lowercase().replace('-', "_");
            (strsim::damerau_levenshtein(&lower, &normal), candidate)
        })
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count().max(lower.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn walk_object(
    object: &mut Map<String, Value>,
    schema: &Value,
    wider: Option<&Value>,
    path: &str,
    mistakes: &mut Vec<Mistake>,
) {
    let keys: Vec<String> = object.keys().cloned().collect();
    for key in keys {
        let here = dotted(path, &key);
        let known = property(schema, &key);
        let Some(value) = object.get_mut(&key) else {
            continue;
        };
        let keep = match known {
            // An editor sends null for "not set".
            _ if value.is_null() => false,
            Some(schema) => {
                let wider = wider.and_then(|wider| property(wider, &key));
                walk(value, schema, wider, &here, mistakes)
            }
            None => {
                mistakes.push(unknown(here, &key, schema, wider));
                false
            }
        };
        if !keep {
            object.remove(&key);
        }
    }
}

/// Whether the value is right (or was made so by removing what is wrong inside it).
fn walk(
    value: &mut Value,
    schema: &Value,
    wider: Option<&Value>,
    path: &str,
    mistakes: &mut Vec<Mistake>,
) -> bool {
    let mut wrong = |message: String| {
        let (key, kind) = (path.to_owned(), MistakeKind::Value);
        mistakes.push(Mistake { key, message, kind });
        false
    };
    let alternatives = alternatives(schema);
    let names: Vec<&str> = alternatives
        .iter()
        .flat_map(|schema| names_of(schema))
        .collect();
    if !names.is_empty() {
        return match value.as_str() {
            Some(text) if names.contains(&text) => true,
            Some(text) => wrong(not_one_of(text, &names)),
            None => wrong(format!(
                "expected one of {}, found {}",
                names.join(", "),
                kind_of(value)
            )),
        };
    }
    let Some(schema) = alternatives
        .iter()
        .copied()
        .find(|schema| has_type(value, schema))
    else {
        let expected: Vec<&str> = alternatives
            .iter()
            .filter_map(|schema| type_words(schema))
            .collect();
        return wrong(format!(
            "expected {}, found {}",
            expected.join(" or "),
            kind_of(value)
        ));
    };
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let bound = |name| schema.get(name).and_then(Value::as_f64);
            let (min, max) = (bound("minimum"), bound("maximum"));
            if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
                return wrong(match (min, max) {
                    (Some(min), Some(max)) => format!("{number} is not between {min} and {max}"),
                    (Some(min), None) => format!("{number} is less than {min}"),
                    _ => format!("{number} is too large"),
                });
            }
            true
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else {
                return true;
            };
            let mut index = 0;
            items.retain_mut(|item| {
                let keep = walk(item, schema, None, &format!("{path}[{index}]"), mistakes);
                index += 1;
                keep
            });
            true
        }
        Value::Object(object) => {
            let required = schema.get("required").and_then(Value::as_array);
            for key in required.into_iter().flatten().filter_map(Value::as_str) {
                if !object.contains_key(key) {
                    return wrong(format!("the key `{key}` is missing"));
                }
            }
            walk_object(object, schema, wider, path, mistakes);
            let complete = |key: &Value| key.as_str().is_some_and(|key| object.contains_key(key));
            required.is_none_or(|required| required.iter().all(complete))
        }
        _ => true,
    }
}

fn unknown(key: String, name: &str, schema: &Value, wider: Option<&Value>) -> Mistake {
    if wider.is_some_and(|wider| property(wider, name).is_some()) {
        return Mistake {
            key,
            message: "refused: only your own configuration file can set this".to_owned(),
            kind: MistakeKind::Privileged,
        };
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let known = || {
        properties
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
    };
    let message = match nearest(name, known()) {
        Some(nearest) => format!("unknown key; did you mean `{nearest}`?"),
        None => format!(
            "unknown key; known here: {}",
            known().collect::<Vec<_>>().join(", ")
        ),
    };
    let kind = MistakeKind::UnknownKey;
    Mistake { key, message, kind }
}

/// The schema of a key, named or one of many.
pub(crate) fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    alternatives(schema).into_iter().find_map(|schema| {
        let named = schema
            .get("properties")
            .and_then(|properties| properties.get(key));
        named.or_else(|| {
            schema
                .get("additionalProperties")
                .filter(|rest| rest.is_object())
        })
    })
}

/// The schemas that a value may fulfil, without `anyOf` and `oneOf`. Schemas come from our own types and nest shallowly.
pub(crate) fn alternatives(schema: &Value) -> Vec<&Value> {
    let nested = ["anyOf", "oneOf"]
        .iter()
        .find_map(|key| schema.get(key)?.as_array());
    match nested {
        Some(nested) => nested.iter().flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

/// The words that a value may be.
pub(crate) fn names_of(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let single = schema.get("const");
    listed
        .into_iter()
        .flatten()
        .chain(single)
        .filter_map(Value::as_str)
        .collect()
}

fn not_one_of(text: &str, names: &[&str]) -> String {
    let shown = text.chars().take(60).collect::<String>();
    match nearest(text, names.iter().copied()) {
        Some(nearest) => format!(
            "`{}` is not one of {}; did you mean `{nearest}`?",
            shown.escape_debug(),
            names.join(", ")
        ),
        None => format!(
            "`{}` is not one of {}",
            shown.escape_debug(),
            names.join(", ")
        ),
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn has_type(value: &Value, schema: &Value) -> bool {
    let types = types(schema);
    types.is_empty()
        || types.iter().any(|name| match *name {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        })
}

/// What a value may be, for people.
pub(crate) fn type_words(schema: &Value) -> Option<&'static str> {
    types(schema).into_iter().find_map(|name| match name {
        "string" => Some("a string"),
        "integer" => Some("a whole number"),
        "number" => Some("a number"),
        "boolean" => Some("true or false"),
        "array" => Some("a list"),
        "object" => Some("a table"),
        _ => None,
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["fail_on", "profile", "exclude"];
        for (name, expected) in [
            ("fail-on", Some("fail_on")),
            ("profil", Some("profile")),
            ("excluded", Some("exclude")),
            ("banana", None),
        ] {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
    }
}
