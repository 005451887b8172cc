//! The JSON Schemas agree with what is accepted and printed.

use base::Scope;
use serde_json::json;

use super::{engine, report};
use crate::{config_schema, json, report_schema, user_config_schema};

#[test]
fn every_key_of_the_configuration_is_described_and_no_other_allowed() {
    for (schema, key) in [
        (config_schema(), "profile"),
        (user_config_schema(), "providers"),
    ] {
        let properties = schema["properties"].as_object().expect("properties");
        assert!(properties.contains_key(key));
        for (name, property) in properties {
            assert!(
                property["description"].is_string(),
                "{name} has no description"
            );
        }
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        assert!(validator.is_valid(
            &json!({"profile": "quick", "rules": {"a/b": "off"}, "min_confidence": 0.5})
        ));
        for bad in [
            json!({"profil": "quick"}),
            json!({"profile": "fast"}),
            json!({"min_confidence": 2}),
            json!({"checks": {"x": true}}),
        ] {
            assert!(!validator.is_valid(&bad), "{bad}");
        }
    }
    assert!(
        config_schema()["properties"].get("providers").is_none(),
        "a workspace cannot name providers"
    );
}

#[test]
fn a_report_is_valid_by_its_schema() {
    let engine =
        engine("//- new a.txt\nx\n<<<<<<< a\nä\u{200b}b\n=======\n>>>>>>> b\n//- .env\nA=1\n");
    let value = serde_json::to_value(json::report(&report(&engine, Scope::All))).expect("json");
    let validator = jsonschema::validator_for(&report_schema()).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{value:#}");
    assert_eq!(value["schema"], "obelus.report/1");
    assert_eq!(value["stats"]["model"], json!(null));
    let hidden = value["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|f| f["rule"] == "text/invisible-unicode");
    assert_eq!(
        hidden.expect("the hidden character")["range"],
        json!({"start": {"line": 3, "column": 2}, "end": {"line": 3, "column": 3}}),
        "columns count characters"
    );
    assert!(!validator.is_valid(&json!({"schema": "obelus.report/1"})));
}
