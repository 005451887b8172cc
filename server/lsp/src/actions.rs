//! Code actions: look-ups in what is shown, never a wait. Edits are computed when the client asks for the one it wants.

use std::collections::{HashMap, HashSet};

use base::model::Role;
use base::{Finding, FindingId, Span, Text};
use ropey::Rope;
use serde_json::{Value, json};

use crate::commands;
use crate::consulting::Consulting;
use crate::document::OpenDocument;
use crate::documents::Open;
use crate::event_loop::{Loop, Reply};
use crate::proto::types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionParams, CodeActionResponse,
    CodeActionTag, CodeActionTriggerKind, Command, DocumentChange, Edit,
    OptionalVersionedTextDocumentIdentifier, SnippetTextEdit, StringValue, TextDocumentEdit,
    TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use crate::proto::{self, View, diagnostic};

/// The kind of the action that applies every mechanical fix of a document.
pub(crate) const FIX_ALL: &str = "source.fixAll.obelus";

/// The kind of the action that reviews what is selected.
pub(crate) const REVIEW_SELECTION: &str = "obelus.review";

/// The kind of the action that explains what is selected.
pub(crate) const EXPLAIN_SELECTION: &str = "obelus.explain";

/// The kind of the action that writes tests for what is selected.
pub(crate) const TEST_SELECTION: &str = "obelus.tests";

/// The kind of the action that writes a doc comment for what is at the cursor.
pub(crate) const DOCUMENT: &str = "obelus.document";

/// What an action does; travels in its `data` when its edit is computed later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Fix,
    /// A repair that a model made on request.
    Mended,
    Allow,
    FixAll,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Fix => "fix",
            Self::Mended => "mended",
            Self::Allow => "allow",
            Self::FixAll => "fixAll",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Fix, Self::Mended, Self::Allow, Self::FixAll]
            .into_iter()
            .find(|what| what.name() == name)
    }
}

/// Answers with the actions for a range, best first. For a client that cannot ask for their edits later these are
/// computed too, on the pool.
pub(crate) fn list(state: &Loop, params: &CodeActionParams, reply: Reply<Vec<CodeActionResponse>>) {
    let actions = offered(state, params);
    if state.abilities.lazy_edits || actions.is_empty() {
        reply.send(Ok(responses(actions))).ok();
        return;
    }
    let uri = &params.text_document.uri.0;
    let Some(open) = state.open.get(uri) else {
        return;
    };
    let jobs: Vec<_> = actions
        .into_iter()
        .map(|action| {
            let edits = Named::of(&action)
                .and_then(|named| Some((named.what, named.findings(open)?)))
                .map(|(what, findings)| Edits::of(state, uri, open, what, findings));
            (action, edits)
        })
        .collect();
    state.pool.spawn(move || {
        let actions = jobs.into_iter().filter_map(|(mut action, edits)| {
            if let Some(edits) = edits {
                // What does not apply is not offered.
                action.edit = Some(edits.compute()?);
                action.data = None;
            }
            Some(action)
        });
        reply.send(Ok(responses(actions.collect()))).ok();
    });
}

fn responses(actions: Vec<CodeAction>) -> Vec<CodeActionResponse> {
    actions
        .into_iter()
        .map(CodeActionResponse::CodeAction)
        .collect()
}

fn offered(state: &Loop, params: &CodeActionParams) -> Vec<CodeAction> {
    let uri = &params.text_document.uri.0;
    let Some(open) = state
        .open
        .get(uri)
        .filter(|_| state.abilities.literal_actions)
    else {
        return Vec::new();
    };
    let Some(span) = state.encoding.span(&open.document.rope, params.range) else {
        return Vec::new();
    };
    // Where the cursor only stands on the line, an editor says which diagnostics it means (Neovim does).
    let meant: HashSet<&str> = params
        .context
        .diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.data.as_ref()?.as_str())
        .collect();
    let only = params.context.only.as_deref();
    let mut actions = Vec::new();
    if wanted(only, "quickfix") {
        for finding in open.findings.iter().filter(|finding| {
            finding.span.touches(span) || meant.contains(finding.id.to_string().as_str())
        }) {
            if let Some(fix) = &finding.fix
                && (!fix.edits.is_empty() || state.abilities.disabled_actions)
            {
                actions.push(action(
                    state,
                    uri,
                    open,
                    fix.title.clone(),
                    What::Fix,
                    &[finding],
                ));
            }
            let mended = open.mended(finding.id).map(|fix| Finding {
                fix: Some(fix.clone()),
                ..finding.clone()
            });
            if let Some(mended) = &mended
                && let Some(fix) = &mended.fix
            {
                let title = fix.title.clone();
                actions.push(action(state, uri, open, title, What::Mended, &[mended]));
            }
            let title = format!("Allow {} here", finding.rule);
            actions.push(action(state, uri, open, title, What::Allow, &[finding]));
            actions.push(command(
                format!("Dismiss {} here …", finding.rule),
                CodeActionKind::QuickFix,
                commands::DISMISS,
                json!({ "id": finding.id.to_string(), "uri": uri }),
            ));
            actions.push(command(
                format!("Explain {}", finding.rule),
                CodeActionKind::QuickFix,
                commands::EXPLAIN,
                json!({ "id": finding.id.to_string(), "show": true }),
            ));
            actions.extend(by_model(state, uri, finding, mended.is_some()));
        }
    }
    if wanted(only, "quickfix") && state.abilities.disabled_actions {
        // Not known yet whether it is still there: what it had is shown, and why it cannot be had.
        for finding in open.touched.iter().filter(|one| one.span.touches(span)) {
            if let Some(fix) = &finding.fix {
                let title = fix.title.clone();
                actions.push(action(state, uri, open, title, What::Fix, &[finding]));
            }
        }
    }
    // Not where an editor asks by itself whenever the selection moves: it would light a lamp for nothing.
    let is_asked = params.context.trigger_kind != Some(CodeActionTriggerKind::Automatic);
    if params.range.start != params.range.end && is_asked && wanted(only, REVIEW_SELECTION) {
        actions.push(command(
            "Review the selection".to_owned(),
            CodeActionKind::Custom(REVIEW_SELECTION.into()),
            commands::REVIEW,
            json!({ "scope": "selection", "uri": uri, "range": params.range }),
        ));
    }
    if params.range.start != params.range.end
        && is_asked
        && wanted(only, EXPLAIN_SELECTION)
        && is_named_at(state, uri, Role::Ask)
    {
        actions.push(command(
            "Explain the selection with the model".to_owned(),
            CodeActionKind::Custom(EXPLAIN_SELECTION.into()),
            commands::EXPLAIN,
            json!({ "uri": uri, "range": params.range, "show": true }),
        ));
    }
    if params.range.start != params.range.end
        && is_asked
        && wanted(only, TEST_SELECTION)
        && is_named_at(state, uri, Role::Fix)
    {
        actions.push(command(
            "Write tests for the selection with the model".to_owned(),
            CodeActionKind::Custom(TEST_SELECTION.into()),
            commands::TESTS,
            json!({ "uri": uri, "range": params.range }),
        ));
    }
    if is_asked && wanted(only, DOCUMENT) && is_named_at(state, uri, Role::Fix) {
        actions.extend(document(state, uri, open, span));
    }
    // Only when asked for by name: what runs on every save is the user's to choose.
    if only.is_some_and(|only| only.iter().any(|kind| name(kind).starts_with("source")))
        && wanted(only, FIX_ALL)
    {
        let fixable: Vec<&Finding> = open
            .findings
            .iter()
            .filter(|finding| is_mechanical(finding) && applies(finding))
            .collect();
        if !fixable.is_empty() {
            actions.push(action(
                state,
                uri,
                open,
                "Apply all fixes of Obelus".to_owned(),
                What::FixAll,
                &fixable,
            ));
        }
    }
    actions
}

/// Writes a doc comment for the definition at the cursor, which has none. Only from a tree that is there.
fn document(state: &Loop, uri: &str, open: &Open, span: Span) -> Option<CodeAction> {
    let document: &OpenDocument = &open.document;
    let is_current = document.since.as_ref().is_some_and(Vec::is_empty);
    let parsed = document.parsed.as_ref().filter(|_| is_current)?;
    let (name, place) = review::undocumented(parsed, span)?;
    Some(command(
        format!("Write a doc comment for {name} with the model"),
        CodeActionKind::Custom(DOCUMENT.into()),
        commands::DOCUMENT,
        json!({ "uri": uri, "range": state.encoding.range(&document.rope, place) }),
    ))
}

fn name(kind: &CodeActionKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Whether an action of `kind` is among those the client asks for: kinds are a tree, written with dots.
pub(crate) fn wanted(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    only.is_none_or(|only| {
        only.iter().map(name).any(|asked| {
            asked.is_empty() || kind == asked || kind.starts_with(&format!("{asked}."))
        })
    })
}

fn action(
    state: &Loop,
    uri: &str,
    open: &Open,
    title: String,
    what: What,
    findings: &[&Finding],
) -> CodeAction {
    let view = View {
        encoding: state.encoding,
        abilities: state.abilities,
        rope: &open.document.rope,
        uri,
        page: &|_| None,
        other: &|_| None,
    };
    let kind = if what == What::FixAll {
        CodeActionKind::Custom(FIX_ALL.into())
    } else {
        CodeActionKind::QuickFix
    };
    let mut action = CodeAction {
        title,
        kind: Some(kind),
        diagnostics: (what != What::FixAll).then(|| {
            findings
                .iter()
                .map(|finding| diagnostic(finding, &view))
                .collect()
        }),
        ..CodeAction::default()
    };
    if matches!(what, What::Fix | What::Mended) {
        let by_rule = what == What::Fix;
        let (mechanical, applies) = (
            by_rule && findings.iter().all(|finding| is_mechanical(finding)),
            findings.iter().all(|finding| applies(finding)),
        );
        action.is_preferred =
            (mechanical && applies && state.abilities.preferred_actions).then_some(true);
        action.tags = (!mechanical && state.abilities.tagged_actions)
            .then(|| vec![CodeActionTag::LLMGenerated]);
        if !applies {
            let reason = "the text it replaces has changed since; it is being checked again";
            action.disabled = Some(CodeActionDisabled {
                reason: reason.to_owned(),
            });
            return action;
        }
    }
    let ids: Vec<String> = findings
        .iter()
        .map(|finding| finding.id.to_string())
        .collect();
    action.data = Some(
        json!({ "uri": uri, "version": open.document.version, "what": what.name(), "findings": ids }),
    );
    action
}

/// Whether a fix was made by a rule, and not by a model: only such a fix is applied without being read first.
fn is_mechanical(finding: &Finding) -> bool {
    finding.check != base::CheckKind::Model
}

/// Whether there is a fix and nobody has typed in the text that it replaces.
fn applies(finding: &Finding) -> bool {
    (finding.fix.as_ref()).is_some_and(|fix| !fix.edits.is_empty())
}

/// Whether a model is named for `role` in the folder of a file.
fn is_named_at(state: &Loop, uri: &str, role: Role) -> bool {
    let owner = state.owner(uri);
    let engine = owner.and_then(|(folder, _)| folder.engine.as_ref());
    engine.is_some_and(|engine| Consulting::is_named(state, engine, role))
}

/// What the user's model can do about a finding, where one is named for it.
fn by_model(state: &Loop, uri: &str, finding: &Finding, is_mended: bool) -> Vec<CodeAction> {
    let is_named = |role| is_named_at(state, uri, role);
    let (id, rule) = (finding.id.to_string(), &finding.rule);
    let mut actions = Vec::new();
    let mut offer = |title: String, name: &str, argument: Value| {
        actions.push(command(title, CodeActionKind::QuickFix, name, argument));
    };
    if is_named(Role::Fix) && !finding.sensitive && !is_mended && !applies(finding) {
        let title = format!("Fix {rule} with the model …");
        offer(title, commands::FIX, json!({ "id": id }));
    }
    if is_named(Role::Ask) {
        let title = format!("Explain {rule} with the model");
        let argument = json!({ "id": id, "ask": true, "show": true });
        offer(title, commands::EXPLAIN, argument);
        if state.abilities.asks {
            let title = format!("Ask about {rule} …");
            offer(title, commands::ASK, json!({ "id": id, "show": true }));
        }
    }
    actions
}

/// The edit of a model's repair: what resolving its action gives.
pub(crate) fn mended(uri: &str, version: i32, id: FindingId) -> CodeAction {
    CodeAction {
        data: Some(json!({
            "uri": uri, "version": version, "what": What::Mended.name(), "findings": [id.to_string()],
        })),
        ..CodeAction::default()
    }
}

/// An action that runs one of our commands.
fn command(title: String, kind: CodeActionKind, command: &str, argument: Value) -> CodeAction {
    CodeAction {
        title: title.clone(),
        kind: Some(kind),
        command: Some(Command {
            title,
            command: command.to_owned(),
            arguments: Some(vec![argument]),
            ..Command::default()
        }),
        ..CodeAction::default()
    }
}

/// What an action's `data` names.
struct Named {
    uri: String,
    version: i64,
    what: What,
    ids: Vec<String>,
}

impl Named {
    fn of(action: &CodeAction) -> Option<Self> {
        let data = action.data.as_ref()?;
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        let ids = data.get("findings")?.as_array()?;
        Some(Self {
            uri: text("uri")?.to_owned(),
            version: data.get("version")?.as_i64()?,
            what: What::parse(text("what")?)?,
            ids: (ids.iter().filter_map(Value::as_str).map(str::to_owned)).collect(),
        })
    }

    /// The findings meant; `None` when the text or they are no longer what they were.
    fn findings(&self, open: &Open) -> Option<Vec<Finding>> {
        let named = |finding: &&Finding| self.ids.contains(&finding.id.to_string());
        let mut findings: Vec<Finding> = open.findings.iter().filter(named).cloned().collect();
        if self.what == What::Mended {
            for finding in &mut findings {
                finding.fix = Some(open.mended(finding.id)?.clone());
            }
        }
        let same = self.version == i64::from(open.document.version);
        (same && findings.len() == self.ids.len()).then_some(findings)
    }
}

/// Computes an action's edit on the pool: proving that a fix adds no syntax error parses the file.
pub(crate) fn resolve(state: &Loop, mut action: CodeAction, reply: Reply<CodeAction>) {
    let Some(named) = Named::of(&action) else {
        // One of ours without an edit (explain) resolves to itself; so does what we never made.
        reply.send(Ok(action)).ok();
        return;
    };
    let open = state.open.get(&named.uri);
    let Some((open, findings)) = open.and_then(|open| Some((open, named.findings(open)?))) else {
        reply.send(Err(proto::stale())).ok();
        return;
    };
    let edits = Edits::of(state, &named.uri, open, named.what, findings);
    state.pool.spawn(move || {
        let answer = match edits.compute() {
            Some(edit) => {
                action.edit = Some(edit);
                Ok(action)
            }
            None => Err(proto::stale()),
        };
        reply.send(answer).ok();
    });
}

/// What is needed to compute an action's edit away from the loop.
struct Edits {
    uri: String,
    version: i32,
    rope: Rope,
    parsed: Option<review::Document>,
    what: What,
    findings: Vec<Finding>,
    encoding: crate::encoding::Encoding,
    abilities: crate::options::Abilities,
}

impl Edits {
    fn of(state: &Loop, uri: &str, open: &Open, what: What, findings: Vec<Finding>) -> Self {
        let document: &OpenDocument = &open.document;
        // A parsed snapshot serves only when nothing was typed since.
        let current = document.since.as_ref().is_some_and(Vec::is_empty);
        Self {
            uri: uri.to_owned(),
            version: document.version,
            rope: document.rope.clone(),
            parsed: document.parsed.clone().filter(|_| current),
            what,
            findings,
            encoding: state.encoding,
            abilities: state.abilities,
        }
    }

    /// The edit, or `None` where it does not apply (any more).
    fn compute(&self) -> Option<WorkspaceEdit> {
        let mut edits: Vec<(Span, String)> = Vec::new();
        match self.what {
            What::Allow => {
                let finding = self.findings.first()?;
                let document = match &self.parsed {
                    Some(parsed) => parsed.clone(),
                    None => review::Document::new(
                        finding.path.clone(),
                        Text::new(self.rope.to_string()),
                    ),
                };
                let edit = review::allow::edit(&document, finding, PLACEHOLDER)?;
                edits.push((edit.span, edit.new_text));
            }
            What::Fix | What::Mended | What::FixAll => {
                let text = Text::new(self.rope.to_string());
                let mut findings: Vec<&Finding> = self.findings.iter().collect();
                findings.sort_by_key(|finding| finding.span);
                for finding in findings {
                    let fix = finding.fix.as_ref()?;
                    if review::fix::preview(&text, fix, &finding.path).is_none() {
                        if self.what != What::FixAll {
                            return None;
                        }
                        continue;
                    }
                    // Of fixes that overlap, the first is applied; the next run finds what is left.
                    let free = fix
                        .edits
                        .iter()
                        .all(|edit| edits.iter().all(|(span, _)| !span.touches(edit.span)));
                    if free {
                        edits.extend(
                            fix.edits
                                .iter()
                                .map(|edit| (edit.span, edit.new_text.clone())),
                        );
                    }
                }
            }
        }
        Some(self.workspace_edit(edits))
    }

    fn workspace_edit(&self, edits: Vec<(Span, String)>) -> WorkspaceEdit {
        let plain = edits.iter().map(|(span, new_text)| TextEdit {
            range: self.encoding.range(&self.rope, *span),
            new_text: new_text.clone(),
        });
        if !self.abilities.versioned_edits {
            return WorkspaceEdit {
                changes: Some(HashMap::from([(Uri(self.uri.clone()), plain.collect())])),
                ..WorkspaceEdit::default()
            };
        }
        let edits = plain.map(|edit| self.with_stop(edit)).collect();
        let text_document = OptionalVersionedTextDocumentIdentifier {
            version: Some(self.version),
            text_document_identifier: TextDocumentIdentifier {
                uri: Uri(self.uri.clone()),
            },
        };
        WorkspaceEdit {
            document_changes: Some(vec![DocumentChange::TextDocumentEdit(TextDocumentEdit {
                text_document,
                edits,
            })]),
            ..WorkspaceEdit::default()
        }
    }

    /// Lets the user type the reason of an allow comment over the placeholder, where the editor can.
    fn with_stop(&self, edit: TextEdit) -> Edit {
        if self.what != What::Allow || !self.abilities.snippet_edits {
            return Edit::TextEdit(edit);
        }
        let escaped = edit
            .new_text
            .replace('\\', "\\\\")
            .replace('$', "\\$")
            .replace('}', "\\}");
        let snippet = escaped.replacen(PLACEHOLDER, &format!("${{1:{PLACEHOLDER}}}"), 1);
        Edit::SnippetTextEdit(SnippetTextEdit {
            range: edit.range,
            snippet: StringValue { value: snippet },
            annotation_id: None,
        })
    }
}

/// Stands where the user says why. It reads as a reason that nobody has given yet.
const PLACEHOLDER: &str = "say why this is fine";
