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
    /// What folders begin with that say nothing else.
    pub(crate) wishes: Wishes,
    /// What was not understood, for the user.
    pub(crate) problems: Vec<String>,
}

/// Everything that `initializationOptions` may hold.
const KNOWN: &[&str] = &[
    "debounceMs",
    "untrustedWorkspace",
    "status",
    "settings",
    "codeLens",
    "modelReview",
    "obelus",
];

/// When a model reviews without being told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    #[default]
    OnDemand,
    OnSave,
    OnCommit,
    Idle,
}

impl When {
    const ALL: [(&'static str, Self); 4] = [
        ("onDemand", Self::OnDemand),
        ("onSave", Self::OnSave),
        ("onCommit", Self::OnCommit),
        ("whenIdle", Self::Idle),
    ];
}

/// What an editor wants of the server itself: keys beside those of `obelus.toml`, in `initializationOptions` for every
/// folder or in the settings of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// `codeLens`.
    pub(crate) code_lens: bool,
    /// `modelReview`.
    pub(crate) when: When,
}

impl Wishes {
    /// These, with what `given` says instead; what it says that means nothing goes to `problems`.
    pub(crate) fn with(
        mut self,
        given: &serde_json::Map<String, Value>,
        problems: &mut Vec<String>,
    ) -> Self {
        match given.get("codeLens") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(wanted)) => self.code_lens = *wanted,
            Some(other) => {
                problems.push(format!("`codeLens` must be true or false, not {other}"));
            }
        }
        match given.get("modelReview") {
            None | Some(Value::Null) => {}
            Some(other) => {
                let known = When::ALL.iter().find(|(name, _)| other == name);
                match known {
                    Some((_, when)) => self.when = *when,
                    None => problems.push(format!(
                        "`modelReview` must be one of onDemand, onSave, onCommit, whenIdle, not {other}"
                    )),
                }
            }
        }
        self
    }

    /// Takes the server's own keys out of a folder's settings.
    pub(crate) fn taken_from(self, settings: &mut Value, problems: &mut Vec<String>) -> Self {
        let Value::Object(object) = settings else {
            return self;
        };
        let wishes = self.with(object, problems);
        object.remove("codeLens");
        object.remove("modelReview");
        wishes
    }
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
        let mut problems = Vec::new();
        let unknown = |options: &Value, at: &str, problems: &mut Vec<String>| {
            let keys = options.as_object().into_iter().flat_map(|map| map.keys());
            let strange = keys.filter(|key| !KNOWN.contains(&key.as_str()));
            problems.extend(strange.map(|key| {
                let known = KNOWN.join(", ");
                format!("{at} has a key `{key}` that means nothing here; there are {known}")
            }));
        };
        let mut wishes = Wishes::default();
        if let Some(options) = given_options {
            unknown(options, "initializationOptions", &mut problems);
            let nested = options.get("obelus");
            for options in [Some(options), nested].into_iter().flatten() {
                if let Some(object) = options.as_object() {
                    wishes = wishes.with(object, &mut problems);
                }
            }
            if let Some(nested) = nested {
                unknown(nested, "initializationOptions.obelus", &mut problems);
            }
        }
        let mut settings = find("settings").cloned();
        if let Some(settings) = &mut settings {
            wishes = wishes.taken_from(settings, &mut problems);
        }
        Ok(Self {
            wishes,
            problems,
            debounce: find("debounceMs")
                .and_then(Value::as_u64)
                .map_or(DEBOUNCE, |ms| Duration::from_millis(ms.min(10_000))),
            untrusted,
            status: find("status")
                .or(capable)
                .and_then(Value::as_bool)
                .unwrap_or(false),
            settings,
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
    /// It asks for diagnostics, and can be told to ask again.
    pub(crate) pulls: bool,
    pub(crate) refreshes_lenses: bool,
    pub(crate) registers_lenses: bool,
    /// It can be told to ask for some files only.
    pub(crate) completes_by_file: bool,
    pub(crate) links_by_file: bool,
    /// Questions with answers to choose from.
    pub(crate) asks: bool,
    /// It applies edits that the server sends.
    pub(crate) applies: bool,
    /// Among them edits that make a file.
    pub(crate) creates: bool,
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
            pulls: value.pointer("/textDocument/diagnostic").is_some()
                && is("/workspace/diagnostics/refreshSupport"),
            registers_lenses: is("/textDocument/codeLens/dynamicRegistration"),
            completes_by_file: is("/textDocument/completion/dynamicRegistration"),
            links_by_file: is("/textDocument/documentLink/dynamicRegistration"),
            refreshes_lenses: is("/workspace/codeLens/refreshSupport"),
            asks: value.pointer("/window/showMessage").is_some(),
            applies: is("/workspace/applyEdit"),
            creates: list_has("/workspace/workspaceEdit/resourceOperations", "create"),
            content: value.pointer("/workspace/textDocumentContent").is_some(),
            markdown_hover: value.pointer("/textDocument/hover/contentFormat").is_none()
                || list_has("/textDocument/hover/contentFormat", "markdown"),
        }
    }
}
