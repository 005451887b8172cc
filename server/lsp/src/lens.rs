//! Code lenses, off unless wanted: at the top of a document what the checks say of it, and beside a function that others
//! can call how often they do and whether a test is among them.
//!
//! A count is made when the editor shows the line, from the index. Where a name has several definitions nobody can say
//! whose callers these are, so nothing is said.

use std::sync::Arc;

use base::search::LiveIndex;
use base::{ContentHash, ReferenceKind, RelPath, SymbolKind, Text};
use review::describe::Role;
use serde_json::{Value, json};

use crate::commands;
use crate::document::Base;
use crate::event_loop::{Loop, Reply};
use crate::proto::types::{CodeLens, Command, Position, Range, Registration};

/// Files whose mentions of a name are counted.
const MOST_FILES: usize = 200;
/// Lenses of one document.
const MOST: usize = 200;

impl Loop {
    /// Somebody wants lenses in one of the folders.
    pub(crate) fn wants_lenses(&self) -> bool {
        self.options.wishes.code_lens || self.folders.iter().any(|folder| folder.wishes.code_lens)
    }

    /// The client is to ask for lenses from now on, or to ask again.
    pub(crate) fn refresh_lenses(&mut self) {
        if self.wants_lenses() && self.abilities.registers_lenses && !self.lenses_registered {
            self.lenses_registered = true;
            let all = json!({ "documentSelector": null, "resolveProvider": true });
            self.outbox.register(vec![Registration {
                id: "obelus-lens".to_owned(),
                method: "textDocument/codeLens".to_owned(),
                register_options: Some(all),
            }]);
        }
        if self.abilities.refreshes_lenses {
            self.outbox.refresh_lenses();
        }
    }

    fn index_of(&self, uri: &str) -> Option<(Arc<dyn LiveIndex>, RelPath)> {
        let (folder, path) = self.owner(uri)?;
        let index = folder.indexer.as_ref()?.live.index()?;
        Some((index, path))
    }

    pub(crate) fn lenses(&self, uri: &str, reply: Reply<Vec<CodeLens>>) {
        let wanted = self
            .owner(uri)
            .is_some_and(|(folder, _)| folder.wishes.code_lens);
        let Some(open) = self.open.get(uri).filter(|_| wanted) else {
            reply.send(Ok(Vec::new())).ok();
            return;
        };
        let count = open.findings.len();
        let title = match (&open.document.base, count) {
            (Base::Unknown, 0) => "Obelus: not reviewed".to_owned(),
            (_, 0) => "Obelus: reviewed, nothing found".to_owned(),
            (_, 1) => "Obelus: 1 finding".to_owned(),
            (_, count) => format!("Obelus: {count} findings"),
        };
        let argument = json!({ "scope": "file", "uri": uri });
        let mut lenses = vec![CodeLens {
            range: Range {
                start: Position::default(),
                end: Position::default(),
            },
            command: Some(Command {
                title,
                command: commands::REVIEW.to_owned(),
                arguments: Some(vec![argument]),
                ..Command::default()
            }),
            data: None,
        }];
        let Some((index, path)) = self.index_of(uri) else {
            reply.send(Ok(lenses)).ok();
            return;
        };
        let (rope, encoding, uri) = (open.document.rope.clone(), self.encoding, uri.to_owned());
        self.pool.spawn(move || {
            let text = Text::new(rope.to_string());
            let known = index.outline(&path).filter(|known| {
                // Spans of another version would stand beside the wrong lines.
                known.hash == ContentHash::of(text.as_str().as_bytes())
            });
            let definitions = known.iter().flat_map(|known| &known.outline.definitions);
            let callable = definitions.filter(|one| {
                matches!(one.kind, SymbolKind::Function | SymbolKind::Method)
                    && one.exported
                    && !one.is_test
            });
            lenses.extend(callable.take(MOST).map(|one| CodeLens {
                range: encoding.range(&rope, one.name_span),
                command: None,
                data: Some(json!({ "uri": uri, "name": one.name })),
            }));
            reply.send(Ok(lenses)).ok();
        });
    }

    /// Counts the callers that a lens speaks of.
    pub(crate) fn lens(&self, mut lens: CodeLens, reply: Reply<CodeLens>) {
        let text = |key: &str| {
            let value = lens.data.as_ref()?.get(key)?;
            value.as_str().map(str::to_owned)
        };
        let place = text("uri").and_then(|uri| self.index_of(&uri));
        let (Some((index, _)), Some(name)) = (place, text("name")) else {
            reply.send(Ok(lens)).ok();
            return;
        };
        self.pool.spawn(move || {
            lens.command = Some(Command {
                title: callers(&*index, &name),
                // Without a name an editor shows it and does nothing.
                command: String::new(),
                arguments: None::<Vec<Value>>,
                ..Command::default()
            });
            reply.send(Ok(lens)).ok();
        });
    }
}

fn callers(index: &dyn LiveIndex, name: &str) -> String {
    if index.definitions(name, 2).len() > 1 {
        return "several definitions of this name".to_owned();
    }
    let mentions = index.references(name, MOST_FILES);
    let mut calls = mentions
        .iter()
        .filter(|one| !matches!(one.reference.kind, ReferenceKind::Import));
    let count = calls.clone().count();
    let is_tested = calls.any(|one| Role::of(&one.path) == Role::Test);
    let callers = match count {
        0 => "no callers".to_owned(),
        1 => "1 caller".to_owned(),
        count => format!("{count} callers"),
    };
    match is_tested {
        true => callers,
        false => format!("{callers}, untested"),
    }
}
