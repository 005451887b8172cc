//! `obelus.toml` as it is being written: which table a line is in, which key, and what the schema says of it.

use base::Span;
use serde_json::Value;

use super::{Proposal, line_before};
use crate::engine::Engine;
use crate::schema;
use crate::settings::{alternatives, names_of, property, type_words};

/// Where an offset stands.
#[derive(Debug, PartialEq)]
enum At<'t> {
    /// In a table's header, after its brackets: what is written so far.
    Header(&'t str),
    /// In a key: what is written of it so far.
    Key(&'t str),
    /// In the value of a key.
    Value { key: String, written: &'t str },
    /// In a comment, or among the items of a list.
    Nothing,
}

/// The table that an offset is in, and what it stands in there.
fn place(text: &str, offset: usize) -> Option<(Vec<String>, At<'_>)> {
    let (start, line) = line_before(text, offset)?;
    let mut table = Vec::new();
    let mut open = 0_i32;
    for line in text[..start].lines() {
        let line = without_comment(line).trim();
        if open <= 0
            && let Some(name) = header(line)
        {
            table = parts(name);
            open = 0;
            continue;
        }
        let value = if open > 0 {
            line
        } else {
            line.split_once('=').map_or("", |(_, value)| value)
        };
        open += brackets(value);
    }
    let written = line.trim_start();
    let at = if open > 0 || without_comment(line).len() < line.len() {
        At::Nothing
    } else if let Some(rest) = written.strip_prefix('[') {
        At::Header(rest.trim_start_matches('['))
    } else {
        match written.split_once('=') {
            Some((key, value)) => At::Value {
                key: bare(key.trim()).to_owned(),
                written: value.trim_start(),
            },
            None => At::Key(written),
        }
    };
    Some((table, at))
}

fn header(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?.strip_suffix(']')?;
    let inside = inside.strip_prefix('[').unwrap_or(inside);
    Some(inside.strip_suffix(']').unwrap_or(inside).trim())
}

/// `a."b.c"` in parts.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for character in name.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            ('.', None) => parts.push(String::new()),
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(character);
                }
            }
        }
    }
    for part in &mut parts {
        *part = part.trim().to_owned();
    }
    parts
}

fn bare(key: &str) -> &str {
    key.trim_matches(['"', '\''])
}

/// How many lists and inline tables a value opens more than it closes.
fn brackets(value: &str) -> i32 {
    let mut quote = None;
    let mut open = 0;
    for character in value.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(mark)) if mark == character => quote = None,
            ('[' | '{', None) => open += 1,
            (']' | '}', None) => open -= 1,
            _ => {}
        }
    }
    open
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, character) in line.char_indices() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(mark)) if mark == character => quote = None,
            ('#', None) => return &line[..at],
            _ => {}
        }
    }
    line
}

/// The schema of a table, through lists to what their items are.
fn schema_of(table: &[String]) -> Option<&'static Value> {
    let mut schema = schema::workspace();
    for part in table {
        schema = property(schema, part)?;
        let items = (alternatives(schema).into_iter()).find_map(|one| one.get("items"));
        schema = items.unwrap_or(schema);
    }
    Some(schema)
}

pub(super) fn complete(engine: &Engine, text: &str, offset: usize) -> Vec<Proposal> {
    let Some((table, at)) = place(text, offset) else {
        return Vec::new();
    };
    let replaces = |written: &str| Span::new(offset - written.len(), offset);
    let mut proposals = Vec::new();
    match at {
        At::Nothing => {}
        At::Header(written) => {
            for (name, schema) in properties(schema::workspace()) {
                if is_table(schema).is_some() {
                    proposals.push(Proposal {
                        label: name.to_owned(),
                        text: name.to_owned(),
                        replaces: replaces(written),
                        is_key: true,
                        about: about(schema),
                    });
                }
            }
        }
        At::Key(written) => {
            let Some(schema) = schema_of(&table) else {
                return proposals;
            };
            for (name, schema) in properties(schema) {
                let text = match is_table(schema) {
                    None => format!("{name} = "),
                    // Only at the top can a table begin.
                    Some(_) if !table.is_empty() => continue,
                    Some(true) => format!("[[{name}]]\n"),
                    Some(false) => format!("[{name}]\n"),
                };
                proposals.push(Proposal {
                    label: name.to_owned(),
                    text,
                    replaces: replaces(written),
                    is_key: true,
                    about: about(schema),
                });
            }
            if table.last().is_some_and(|name| name == "rules") {
                for meta in engine.catalogue().iter() {
                    proposals.push(Proposal {
                        label: meta.id.to_string(),
                        text: format!("\"{}\" = ", meta.id),
                        replaces: replaces(written),
                        is_key: true,
                        about: meta.title.trim().to_owned(),
                    });
                }
            }
        }
        At::Value { key, written } => {
            let schema = schema_of(&table).and_then(|schema| property(schema, &key));
            let Some(schema) = schema else {
                return proposals;
            };
            let words = alternatives(schema);
            let names = words.iter().flat_map(|schema| names_of(schema));
            let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
            let is_flag = type_words(schema) == Some("true or false");
            let flags = ["true", "false"].map(str::to_owned);
            for text in names
                .into_iter()
                .chain(is_flag.then_some(flags).into_iter().flatten())
            {
                proposals.push(Proposal {
                    label: bare(&text).to_owned(),
                    about: meaning(schema, bare(&text)).unwrap_or_default(),
                    text,
                    replaces: replaces(written),
                    is_key: false,
                });
            }
        }
    }
    proposals
}

/// What the key under an offset means.
pub(super) fn explain(text: &str, offset: usize) -> Option<(Span, String)> {
    let (start, _) = line_before(text, offset)?;
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = without_comment(&text[start..end]);
    let (table, _) = place(text, start)?;
    let (path, span) = match header(line.trim()) {
        Some(name) => {
            let at = start + line.find(name)?;
            (parts(name), Span::new(at, at + name.len()))
        }
        None => {
            let (key, _) = line.split_once('=')?;
            let name = key.trim();
            let at = start + (key.len() - key.trim_start().len());
            let mut path = table;
            path.push(bare(name).to_owned());
            (path, Span::new(at, at + name.len()))
        }
    };
    if offset < span.start as usize || span.end as usize <= offset {
        return None;
    }
    let (last, before) = path.split_last()?;
    let schema = property(schema_of(before)?, last)?;
    let mut text = format!("**{}**\n\n{}", path.join("."), about(schema));
    let words: Vec<&str> = alternatives(schema)
        .iter()
        .flat_map(|schema| names_of(schema))
        .collect();
    if !words.is_empty() {
        text.push_str(&format!("\n\nOne of `{}`.", words.join("`, `")));
    } else if let Some(what) = alternatives(schema).into_iter().find_map(type_words) {
        text.push_str(&format!("\n\nTakes {what}."));
    }
    Some((span, text))
}

/// The keys that a table may have.
fn properties(schema: &Value) -> Vec<(&str, &Value)> {
    let all = alternatives(schema);
    let named = all
        .into_iter()
        .filter_map(|schema| schema.get("properties")?.as_object());
    named
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect()
}

/// Whether a key holds a table (or, `true`, a list of them), which has a header of its own.
fn is_table(schema: &Value) -> Option<bool> {
    alternatives(schema).into_iter().find_map(|schema| {
        if let Some(items) = schema.get("items") {
            return (type_words(items) == Some("a table")).then_some(true);
        }
        (type_words(schema) == Some("a table")).then_some(false)
    })
}

fn about(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// What one of the words of a value means.
fn meaning(schema: &Value, word: &str) -> Option<String> {
    let schema = alternatives(schema)
        .into_iter()
        .find(|one| names_of(one) == [word])?;
    let text = schema.get("description").and_then(Value::as_str)?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{At, place};

    #[test]
    fn an_offset_has_its_place() {
        for (text, table, at) in [
            ("pro|", "", At::Key("pro")),
            (
                "profile = \"q|",
                "",
                At::Value {
                    key: "profile".into(),
                    written: "\"q",
                },
            ),
            ("a = 1\n[ru|", "", At::Header("ru")),
            ("[[over|", "", At::Header("over")),
            ("[rules]\n\"rust/|", "rules", At::Key("\"rust/")),
            (
                "[[overrides]]\npaths = [\n  \"a\",\n  |",
                "overrides",
                At::Nothing,
            ),
            (
                "[[overrides]]\npaths = [\n  \"[\",\n]\nru|",
                "overrides",
                At::Key("ru"),
            ),
            ("a = 1 # x|", "", At::Nothing),
            ("a = \"#\" # [\n[checks] # all\n|", "checks", At::Key("")),
        ] {
            let offset = text.find('|').expect("a place");
            let text = text.replace('|', "");
            let (found, stands) = place(&text, offset).expect("in the text");
            assert_eq!((found.join(".").as_str(), stands), (table, at), "{text}");
        }
    }
}
