//! The two halves of `initialize`: which folders the client names, and what the server can do.

use serde_json::Value;

use crate::encoding::Encoding;
use crate::options::Abilities;
use crate::proto::types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CodeActionProvider, CodeLensOptions,
    CompletionOptions, DiagnosticOptions, DiagnosticProvider, DocumentLinkOptions,
    ExecuteCommandOptions, FileOperationFilter, FileOperationOptions, FileOperationPattern,
    FileOperationRegistrationOptions, HoverProvider, InitializeParams, Save, ServerCapabilities,
    TextDocumentContent, TextDocumentContentOptions, TextDocumentSync, TextDocumentSyncKind,
    TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use crate::{actions, commands, shelf, uri};

/// The folders of the workspace: `workspaceFolders`, else the older ways to name one.
pub(crate) fn roots(params: &InitializeParams) -> Vec<String> {
    let value = serde_json::to_value(params).unwrap_or_default();
    let text = |pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let folders = value.pointer("/workspaceFolders").and_then(Value::as_array);
    let folders: Vec<String> = folders
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.get("uri").and_then(Value::as_str).map(str::to_owned))
        .collect();
    if !folders.is_empty() {
        return folders;
    }
    let root = text("/rootUri")
        .or_else(|| text("/rootPath").map(|path| uri::from_path(&path.replace('\\', "/"))));
    root.into_iter().collect()
}

pub(crate) fn capabilities(
    encoding: Encoding,
    abilities: Abilities,
    code_lens: bool,
) -> ServerCapabilities {
    ServerCapabilities {
        diagnostic_provider: abilities.pulls.then(|| {
            DiagnosticProvider::DiagnosticOptions(DiagnosticOptions {
                identifier: Some("obelus".to_owned()),
                // They do depend on each other; the client is told when, and need not guess.
                inter_file_dependencies: false,
                workspace_diagnostics: false,
                ..DiagnosticOptions::default()
            })
        }),
        // For files of ours alone where that can be said, later.
        completion_provider: (!abilities.completes_by_file).then(CompletionOptions::default),
        document_link_provider: (!abilities.links_by_file).then(DocumentLinkOptions::default),
        code_lens_provider: (code_lens && !abilities.registers_lenses).then(|| CodeLensOptions {
            resolve_provider: Some(true),
            ..CodeLensOptions::default()
        }),
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(Save::Bool(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QuickFix,
                CodeActionKind::Custom(actions::FIX_ALL.into()),
                CodeActionKind::Custom(actions::REVIEW_SELECTION.into()),
                CodeActionKind::Custom(actions::EXPLAIN_SELECTION.into()),
                CodeActionKind::Custom(actions::TEST_SELECTION.into()),
                CodeActionKind::Custom(actions::DOCUMENT.into()),
            ]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::names(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            file_operations: Some(file_operations()),
            text_document_content: abilities.content.then(|| {
                TextDocumentContent::Options(TextDocumentContentOptions {
                    schemes: vec![shelf::SCHEME.to_owned()],
                })
            }),
        }),
        ..ServerCapabilities::default()
    }
}

/// Every file and folder on a disk: what was said of it moves with it.
fn file_operations() -> FileOperationOptions {
    let every = FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_owned()),
            pattern: FileOperationPattern {
                glob: "**/*".to_owned(),
                ..FileOperationPattern::default()
            },
        }],
    };
    FileOperationOptions {
        did_rename: Some(every.clone()),
        did_delete: Some(every),
        ..FileOperationOptions::default()
    }
}
