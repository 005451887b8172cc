//! JSON Schemas, generated from the types they describe.

use serde_json::Value;

/// The JSON Schema of `obelus.toml`.
pub fn config_schema() -> Value {
    Value::Null
}

/// The JSON Schema of the JSON report.
pub fn report_schema() -> Value {
    schemars::schema_for!(crate::json::ReportJson).to_value()
}
