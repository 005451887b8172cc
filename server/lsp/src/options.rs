//! What the client says once: its capabilities and initialization options.

use std::time::Duration;

use serde_json::Value;

use crate::proto::types::{ClientCapabilities, InitializeParams};

/// How long typing must pause before the checks run, unless the client sets `debounceMs`.
///
/// Long enough that a burst of keys is one check, short enough that findings seem to follow the cursor.
pub(crate) const DEBOUNCE: Duration = Duration::from_millis(50);

/// `initializationOptions`, all optional; may also stand under a key `obelus`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// `debounceMs`.
    pub(crate) debounce: Duration,
    /// `untrustedWorkspace`: the editor's user does not trust the folder.
    pub(crate) untrusted: bool,
    /// `status`: send `obelus/status` notifications (or capability `experimental.obelus.status`).
    pub(crate) status: bool,
    /// `settings`: what `workspace/configuration` would answer, for clients without it.
    pub(crate) settings: Option<Value>,
}

impl Options {
    /// Reads the options. A malformed `untrustedWorkspace` is an error: guessing there would guess about trust.
    pub(crate) fn read(params: &InitializeParams) -> Result<Self, String> {
        let given_options = match params.initialization_options.as_ref() {
            // An empty table is a list where the client's language does not tell them apart.
            None | Some(Value::Null) => None,
            Some(Value::Array(list)) if list.is_empty() => None,
            Some(options @ Value::Object(_)) => Some(options),
            Some(other) => {
                return Err(format!(
                    "initializationOptions must be an object, not {other}"
                ));
            }
        };
        let find = |name: &str| {
            let given = |value: &&Value| !value.is_null();
            let nested = given_options
                .and_then(|options| options.get("obelus"))
                .and_then(|options| options.get(name))
                .filter(given);
            nested.or_else(|| given_options?.get(name).filter(given))
        };
        let untrusted = match find("untrustedWorkspace") {
            None => false,
            Some(Value::Bool(untrusted)) => *untrusted,
            Some(other) => {
                return Err(format!(
                    "initializationOptions.untrustedWorkspace must be true or false, not {other}"
                ));
            }
        };
        let experimental = params.capabilities.experimental.as_ref();
        let capable = experimental.and_then(|experimental| experimental.pointer("/obelus/status"));
        Ok(Self {
            debounce: find("debounceMs")
                .and_then(Value::as_u64)
                .map_or(DEBOUNCE, |ms| Duration::from_millis(ms.min(10_000))),
            untrusted,
            status: find("status")
                .or(capable)
                .and_then(Value::as_bool)
                .unwrap_or(false),
            settings: find("settings").cloned(),
        })
    }
}

/// What the client can do, reduced to what matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    pub(crate) versioned_edits: bool,
    pub(crate) snippet_edits: bool,
    pub(crate) lazy_edits: bool,
    pub(crate) literal_actions: bool,
    pub(crate) preferred_actions: bool,
    pub(crate) disabled_actions: bool,
    /// An action can be marked as one by a model.
    pub(crate) tagged_actions: bool,
    pub(crate) related_information: bool,
    pub(crate) code_description: bool,
    pub(crate) configuration: bool,
    pub(crate) file_events: bool,
    pub(crate) progress: bool,
    pub(crate) show_document: bool,
    pub(crate) markdown_hover: bool,
    /// Questions with answers to choose from.
    pub(crate) asks: bool,
    /// It can ask for the content of a document of ours.
    pub(crate) content: bool,
}

impl Abilities {
    pub(crate) fn of(capabilities: &ClientCapabilities) -> Self {
        // Read as JSON: the typed structure is four levels of options deep at each of these.
        let value = serde_json::to_value(capabilities).unwrap_or_default();
        let is = |pointer: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        let list_has = |pointer: &str, item: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_array)
                .is_some_and(|list| list.iter().any(|entry| entry == item))
        };
        Self {
            versioned_edits: is("/workspace/workspaceEdit/documentChanges"),
            snippet_edits: is("/workspace/workspaceEdit/snippetEditSupport"),
            lazy_edits: list_has("/textDocument/codeAction/resolveSupport/properties", "edit"),
            literal_actions: value
                .pointer("/textDocument/codeAction/codeActionLiteralSupport")
                .is_some(),
            preferred_actions: is("/textDocument/codeAction/isPreferredSupport"),
            disabled_actions: is("/textDocument/codeAction/disabledSupport"),
            tagged_actions: value
                .pointer("/textDocument/codeAction/tagSupport/valueSet")
                .and_then(Value::as_array)
                .is_some_and(|tags| tags.iter().any(|tag| tag == 1)),
            related_information: is("/textDocument/publishDiagnostics/relatedInformation"),
            code_description: is("/textDocument/publishDiagnostics/codeDescriptionSupport"),
            configuration: is("/workspace/configuration"),
            file_events: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            progress: is("/window/workDoneProgress"),
            show_document: is("/window/showDocument/support"),
            asks: value.pointer("/window/showMessage").is_some(),
            content: value.pointer("/workspace/textDocumentContent").is_some(),
            markdown_hover: value.pointer("/textDocument/hover/contentFormat").is_none()
                || list_has("/textDocument/hover/contentFormat", "markdown"),
        }
    }
}
