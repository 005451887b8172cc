//! `docs/configuration.md`: every setting, written from the schemas that the program prints.
//!
//! `UPDATE_EXPECT=1 cargo test -p app --test e2e configuration` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};

const HEAD: &str = "\
# Configuration

Obelus needs none. What you want otherwise you say in one of these places; a later one wins:

1. `obelus.toml` at the top of the workspace, checked in, for everybody who works on it (`obelus config init` writes one);
2. `config.toml` in your own configuration folder, for you alone (`obelus doctor` says where it is looked for; `OBELUS_CONFIG` names another);
3. environment variables: `OBELUS_` and the setting in capitals, `OBELUS_MIN_SEVERITY=warning`;
4. the settings of your editor, under the same names;
5. flags of the command line.

A workspace is not believed in everything: what is marked *yours alone* cannot stand in its `obelus.toml`, where it is refused with a
warning. A setting that does not exist is an error that names the nearest one. `obelus config show` prints what holds and where each
value comes from. Editors that know JSON Schema complete and check both files with [the workspace's](obelus.schema.json) and
[the user's](obelus-user.schema.json) schema; with Obelus as language server they do so by themselves.
";

/// What is meant by a schema that also allows `null`.
fn meant(schema: &Value) -> &Value {
    let some = |branches: &'_ Vec<Value>| -> Option<usize> {
        branches.iter().position(|one| one["type"] != "null")
    };
    match schema["anyOf"]
        .as_array()
        .and_then(|all| Some(&all[some(all)?]))
    {
        Some(inner) => inner,
        None => schema,
    }
}

/// The kind of value, in words.
fn kind(schema: &Value) -> String {
    let schema = meant(schema);
    if schema["oneOf"].is_array() || schema["enum"].is_array() {
        return "one of these".to_owned();
    }
    let bounds = match (number(&schema["minimum"]), number(&schema["maximum"])) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (Some(low), None) if low != "0" => format!(", from {low}"),
        _ => String::new(),
    };
    let names = match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let word = match names.iter().find(|name| **name != "null") {
        Some(&"boolean") => "`true` or `false`",
        Some(&"integer") => "whole number",
        Some(&"number") => "number",
        Some(&"array") => "list",
        Some(&"string") => "text",
        Some(&"object") => "table",
        _ => "text, or a list of them",
    };
    format!("{word}{bounds}")
}

fn number(value: &Value) -> Option<String> {
    value.as_f64().map(|number| number.to_string())
}

/// A description on one line of a table.
fn line(schema: &Value) -> String {
    let own = schema["description"].as_str();
    let text = own.or_else(|| meant(schema)["description"].as_str());
    text.unwrap_or_default()
        .replace('\n', " ")
        .replace('|', "\\|")
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    meant(schema)["properties"].as_object()
}

/// The settings within one, as rows.
fn table(page: &mut String, settings: &Map<String, Value>) {
    page.push_str("\n| setting | value | |\n|---|---|---|\n");
    for (name, schema) in settings {
        let _written = writeln!(page, "| `{name}` | {} | {} |", kind(schema), line(schema));
    }
}

fn section(page: &mut String, name: &str, schema: &Value, everybody: bool) {
    let alone = if everybody { "" } else { " · yours alone" };
    let _written = write!(page, "\n## `{name}`{alone}\n\n{}\n", line(schema));
    let inner = meant(schema);
    if let Some(settings) = properties(schema) {
        return table(page, settings);
    }
    // A list of tables, or tables under names of the user's own.
    for (more, what) in [
        ("items", "Each entry:"),
        ("additionalProperties", "Under each name:"),
    ] {
        if let Some(settings) = properties(&inner[more]) {
            let _written = write!(page, "\n{what}\n");
            return table(page, settings);
        }
    }
    let values = if inner["oneOf"].is_array() {
        inner
    } else {
        meant(&inner["additionalProperties"])
    };
    let Some(values) = values["oneOf"].as_array() else {
        let _written = write!(page, "\nValue: {}.\n", kind(schema));
        return;
    };
    page.push_str("\n| value | |\n|---|---|\n");
    for value in values {
        let name = value["const"].as_str().unwrap_or_default();
        let _written = writeln!(page, "| `\"{name}\"` | {} |", line(value));
    }
}

#[test]
fn the_reference_names_every_setting() {
    let (own, workspace) = (review::user_config_schema(), review::config_schema());
    let settings = own["properties"].as_object().expect("settings");
    let shared = workspace["properties"].as_object().expect("settings");
    let mut page = HEAD.to_owned();
    for (name, schema) in settings {
        section(&mut page, name, schema, shared.contains_key(name));
    }
    for name in shared.keys() {
        assert!(
            settings.contains_key(name),
            "{name} is missing from the user's schema"
        );
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    expect_test::expect_file![docs.join("configuration.md")].assert_eq(&page);
}
