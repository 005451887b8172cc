//! JSON Schemas, generated from the types they describe.
//!
//! The configuration's schemas also drive its validation, so what an editor accepts and what Obelus accepts are the same.

use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::settings::written::{UserConfig, WorkspaceConfig};

/// The JSON Schema of `obelus.toml`.
pub fn config_schema() -> Value {
    workspace().clone()
}

/// The JSON Schema of the user's own `config.toml`.
pub fn user_config_schema() -> Value {
    user().clone()
}

/// The JSON Schema of the JSON report (`obelus.report/1`).
pub fn report_schema() -> Value {
    schemars::schema_for!(crate::json::ReportJson).to_value()
}

/// The JSON Schema of an evaluation (`obelus.eval/1`).
pub fn eval_schema() -> Value {
    schemars::schema_for!(crate::eval::EvalJson).to_value()
}

/// The workspace's schema, made once.
pub(crate) fn workspace() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(inlined::<WorkspaceConfig>)
}

/// The user's schema, made once.
pub(crate) fn user() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(inlined::<UserConfig>)
}

// Draft 7 because that is what editors' TOML extensions read; inlined because validation walks it without references.
fn inlined<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
