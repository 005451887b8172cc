//! Our own files in the editor (`obelus.toml`, rules, dismissals): what is wrong, what can be written, what it means,
//! where it leads. `review::assist` knows; here it is only put into the protocol's words.
//!
//! Registered for these files alone where the client can do that, so that nobody who types elsewhere is asked.

use std::sync::Arc;

use base::Span;
use review::Engine;
use review::assist::{self, Kind, Problem};
use ropey::Rope;
use serde_json::{Value, json};

use crate::encoding::Encoding;
use crate::event_loop::{Loop, Reply};
use crate::proto::types::{
    Code, CompletionItem, CompletionItemKind, CompletionItemTextEdit, Contents, Diagnostic,
    DocumentLink, Documentation, Hover, HoverParams, MarkupContent, MarkupKind, Message, Position,
    Registration, TextEdit, Uri,
};
use crate::proto::{SOURCE, severity};

/// A file of ours that is larger is looked at by nobody.
pub(crate) const LARGEST: usize = 1_000_000;
/// The code of what is wrong with one of our files.
const CODE: &str = "obelus/configuration";
/// Where our files lie.
const GLOBS: &[&str] = &[
    "**/obelus.toml",
    "**/.obelus/dismissed.toml",
    "**/.obelus/rules/**/*.{yml,yaml}",
];
/// What makes an editor ask what can be written, where it asks for these files alone.
const TRIGGERS: &[&str] = &["\"", "[", "=", " "];

/// One of our files as it is on the screen.
struct Own {
    engine: Arc<Engine>,
    kind: Kind,
    rope: Rope,
    encoding: Encoding,
}

impl Loop {
    fn own(&self, uri: &str) -> Option<Own> {
        let (folder, path) = self.owner(uri)?;
        let open = self.open.get(uri)?;
        let own = Own {
            engine: folder.engine.clone()?,
            kind: Kind::of(&path)?,
            rope: open.document.rope.clone(),
            encoding: self.encoding,
        };
        (own.rope.len_bytes() <= LARGEST).then_some(own)
    }

    pub(crate) fn complete(
        &self,
        uri: &str,
        position: Position,
        reply: Reply<Vec<CompletionItem>>,
    ) {
        let place = self.own(uri).and_then(|own| {
            let offset = own.encoding.offset(&own.rope, position)?;
            Some((own, offset))
        });
        let Some((own, offset)) = place else {
            reply.send(Ok(Vec::new())).ok();
            return;
        };
        self.pool.spawn(move || {
            let text = own.rope.to_string();
            let proposals = assist::complete(&own.engine, own.kind, &text, offset);
            let item = |proposal: assist::Proposal| CompletionItem {
                kind: Some(match proposal.is_key {
                    true => CompletionItemKind::Property,
                    false => CompletionItemKind::EnumMember,
                }),
                // What stands there already may begin with a quote.
                filter_text: Some(proposal.text.clone()),
                documentation: (!proposal.about.is_empty())
                    .then(|| Documentation::MarkupContent(markdown(proposal.about))),
                text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit {
                    range: own.encoding.range(&own.rope, proposal.replaces),
                    new_text: proposal.text,
                })),
                label: proposal.label,
                ..CompletionItem::default()
            };
            reply
                .send(Ok(proposals.into_iter().map(item).collect()))
                .ok();
        });
    }

    pub(crate) fn links(&self, uri: &str, reply: Reply<Vec<DocumentLink>>) {
        let Some(own) = self.own(uri) else {
            reply.send(Ok(Vec::new())).ok();
            return;
        };
        let host = Arc::clone(&self.host);
        self.pool.spawn(move || {
            let text = own.rope.to_string();
            let named = assist::links(&own.engine, own.kind, &text).into_iter();
            let link = |(span, id): (Span, base::RuleId)| DocumentLink {
                range: own.encoding.range(&own.rope, span),
                target: host.rule_page(&own.engine, id.as_str()).map(Uri),
                tooltip: Some(format!("What {id} is about")),
                data: None,
            };
            reply.send(Ok(named.map(link).collect())).ok();
        });
    }

    /// What a key or a rule's name in one of our files means.
    pub(crate) fn meaning(&self, params: &HoverParams) -> Option<Hover> {
        let place = &params.text_document_position_params;
        let own = self.own(&place.text_document.uri.0)?;
        let offset = own.encoding.offset(&own.rope, place.position)?;
        let text = own.rope.to_string();
        let (span, about) = assist::explain(&own.engine, own.kind, &text, offset)?;
        Some(Hover {
            contents: Contents::MarkupContent(markdown(about)),
            range: Some(own.encoding.range(&own.rope, span)),
        })
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    }
}

/// What is wrong with one of our files, as it is shown.
pub(crate) fn shown(problem: &Problem, rope: &Rope, encoding: Encoding) -> Diagnostic {
    Diagnostic {
        range: encoding.range(rope, problem.span),
        severity: Some(severity(problem.severity)),
        code: Some(Code::String(CODE.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: Message::String(problem.message.clone()),
        ..Diagnostic::default()
    }
}

/// What is asked of the client once it is there, for these files alone.
pub(crate) fn registrations(can_complete: bool, can_link: bool) -> Vec<Registration> {
    let selector: Vec<Value> = (GLOBS.iter())
        .map(|glob| json!({ "scheme": "file", "pattern": glob }))
        .collect();
    let register = |id: &str, method: &str, more: Value| {
        let mut options = json!({ "documentSelector": selector });
        if let (Some(options), Value::Object(more)) = (options.as_object_mut(), more) {
            options.extend(more);
        }
        Registration {
            id: id.to_owned(),
            method: method.to_owned(),
            register_options: Some(options),
        }
    };
    let completion = can_complete.then(|| {
        let more = json!({ "triggerCharacters": TRIGGERS });
        register("obelus-completion", "textDocument/completion", more)
    });
    let links = can_link.then(|| register("obelus-links", "textDocument/documentLink", json!({})));
    completion.into_iter().chain(links).collect()
}
