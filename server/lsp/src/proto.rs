//! The one door to the protocol's types: the framework is named here, in `backend` and in `service`, nowhere else.

use base::{Category, Finding, RelPath, Severity};
use ropey::Rope;

use crate::encoding::Encoding;
use crate::options::Abilities;

pub(crate) use tower_lsp::gen_lsp_types as types;
pub(crate) use tower_lsp::jsonrpc::{Error, Result};

use types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, Uri,
};

/// Who speaks.
pub(crate) const SOURCE: &str = "obelus";

/// What a diagnostic is made with besides the finding.
pub(crate) struct View<'a> {
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    /// The text that the finding's span points into.
    pub(crate) rope: &'a Rope,
    /// The file's URI as the client writes it.
    pub(crate) uri: &'a str,
    /// The URI of a rule's page.
    pub(crate) page: &'a dyn Fn(&Finding) -> Option<String>,
    /// URI and text of another file that evidence may point into.
    pub(crate) other: &'a dyn Fn(&RelPath) -> Option<(String, Rope)>,
}

pub(crate) fn diagnostic(finding: &Finding, view: &View<'_>) -> Diagnostic {
    let page = view
        .abilities
        .code_description
        .then(|| (view.page)(finding))
        .flatten();
    let related = finding.evidence.iter().filter_map(|evidence| {
        let (uri, range) = if evidence.path == finding.path {
            (
                view.uri.to_owned(),
                view.encoding.range(view.rope, evidence.span),
            )
        } else {
            let (uri, rope) = (view.other)(&evidence.path)?;
            (uri, view.encoding.range(&rope, evidence.span))
        };
        Some(DiagnosticRelatedInformation {
            location: Location {
                uri: Uri(uri),
                range,
            },
            message: evidence.note.clone(),
        })
    });
    let related: Vec<_> = if view.abilities.related_information {
        related.collect()
    } else {
        Vec::new()
    };
    Diagnostic {
        range: view.encoding.range(view.rope, finding.span),
        severity: Some(severity(finding.severity)),
        code: Some(Code::String(finding.rule.to_string())),
        code_description: page.map(|page| CodeDescription { href: Uri(page) }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(finding.title.clone()),
        tags: tags(finding),
        related_information: (!related.is_empty()).then_some(related),
        data: Some(serde_json::Value::String(finding.id.to_string())),
    }
}

pub(crate) fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Info => DiagnosticSeverity::Information,
        Severity::Hint => DiagnosticSeverity::Hint,
    }
}

/// Left-overs of the kind that only wait to be deleted are shown faded, where the editor can.
fn tags(finding: &Finding) -> Option<Vec<DiagnosticTag>> {
    (finding.category == Category::Process && finding.severity == Severity::Hint)
        .then(|| vec![DiagnosticTag::Unnecessary])
}

/// The error for a request about a text that is no longer there.
pub(crate) fn stale() -> Error {
    Error::content_modified()
}

/// The error for a failed command, in the user's words.
pub(crate) fn failed(message: impl Into<String>) -> Error {
    let mut error = Error::internal_error();
    error.message = message.into().into();
    error
}
