//! The JSON report, schema `obelus.report/1`.
//!
//! These types are the contract with scripts: a field is added, never renamed or removed.

use schemars::JsonSchema;
use serde::Serialize;

/// A review's result.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ObelusReport")]
pub struct ReportJson {
    /// Always `obelus.report/1`.
    pub schema: &'static str,
}

/// The report in its JSON form.
pub fn report(report: &base::Report) -> ReportJson {
    let _ = report;
    ReportJson {
        schema: "obelus.report/1",
    }
}
