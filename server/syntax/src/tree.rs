//! A parsed text: made whole or from an earlier tree, and what is asked of it.
//!
//! Every walk here is a loop over a cursor: sources nested a hundred thousand levels deep exist and must not overflow
//! the stack. Parsing stops at a deadline, so a hostile file costs bounded time.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ast_grep_core::tree_sitter::TSPoint;
use base::{Span, Text};
use tree_sitter::{InputEdit, Node, ParseOptions, Parser};

use crate::Language;
use crate::doc::{Parsed, Source};
use crate::edits::{self, Replaced};
use crate::{outline, php, symbol};

/// Deeper trees are parsed and answer questions about symbols, but pattern rules do not run on them: matchers recurse.
const MATCHABLE_DEPTH: u32 = 1_000;

/// A syntax tree together with the exact text it was made from. Cheap to clone, sent between threads.
#[derive(Clone)]
pub struct Tree(Arc<ast_grep_core::AstGrep<Parsed>>);

/// One replacement that led from an earlier text to the next: byte offsets, `old_end` in the text before this
/// replacement and `new_end` in the text after it. Several apply in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextChange {
    /// First byte that differs.
    pub start: u32,
    /// End of what was replaced.
    pub old_end: u32,
    /// End of what replaced it.
    pub new_end: u32,
}

/// The parser ran into its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parsing took longer than {0:?}")]
pub struct ParseStopped(pub Duration);

/// A definition that encloses a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Names from the outermost container inwards, such as `["Parser", "next_token"]`.
    pub path: Vec<String>,
    /// The whole definition.
    pub span: Span,
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// With its delimiters, without the line's end.
    pub span: Span,
}

impl Tree {
    /// Parses `text`, stopping after `deadline`.
    pub fn parse(
        language: Language,
        text: &Text,
        deadline: Duration,
    ) -> Result<Self, ParseStopped> {
        Self::build(language, text, None, deadline)
    }

    /// Parses `text`, which came out of this tree's text by `changes`, re-using what did not change. Changes that do
    /// not lead there cost speed, never truth: they are checked against both texts.
    pub fn edited(
        &self,
        text: &Text,
        changes: &[TextChange],
        deadline: Duration,
    ) -> Result<Self, ParseStopped> {
        let old = self.text();
        let mut tree = self.parsed().tree.clone();
        // From the last to the first, so that earlier places keep their rows and columns.
        for region in edits::regions(old, text, changes).into_iter().rev() {
            tree.edit(&input_edit(old, text, &region));
        }
        // What is blanked can change far from an edit.
        let same = self.language() != Language::Php || php::without_markup(old.as_str()).is_none();
        Self::build(self.language(), text, same.then_some(&tree), deadline)
    }

    fn build(
        language: Language,
        text: &Text,
        old: Option<&tree_sitter::Tree>,
        deadline: Duration,
    ) -> Result<Self, ParseStopped> {
        let mut parser = Parser::new();
        // Fails only for a grammar of another generation; a test parses with each of them.
        if parser.set_language(&language.grammar()).is_err() {
            return Err(ParseStopped(Duration::ZERO));
        }
        let started = Instant::now();
        let mut progress = |_: &_| {
            if started.elapsed() > deadline {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let masked = match language {
            Language::Php => php::without_markup(text.as_str()),
            _ => None,
        };
        let bytes = masked.as_deref().unwrap_or(text.as_str().as_bytes());
        let old = old.filter(|_| masked.is_none());
        let tree = parser
            .parse_with_options(
                &mut |at, _| bytes.get(at..).unwrap_or_default(),
                old,
                Some(ParseOptions::new().progress_callback(&mut progress)),
            )
            .ok_or(ParseStopped(deadline))?;
        let parsed = Parsed {
            source: Source(text.clone()),
            language,
            tree,
        };
        Ok(Self(Arc::new(ast_grep_core::AstGrep::doc(parsed))))
    }

    /// The language it was parsed as.
    pub fn language(&self) -> Language {
        *self.0.lang()
    }

    /// The text it was made from.
    pub fn text(&self) -> &Text {
        &self.parsed().source.0
    }

    /// Number of error and missing nodes: what a fix must not raise.
    pub fn errors(&self) -> usize {
        let mut count = 0;
        self.walk(|node| {
            count += usize::from(node.is_error() || node.is_missing());
            node.has_error()
        });
        count
    }

    /// The innermost named definition that encloses `span` (its surrounding white space left aside).
    pub fn enclosing_symbol(&self, span: Span) -> Option<Symbol> {
        symbol::enclosing(self, span)
    }

    /// What the text defines and mentions. Empty for a language without definitions (HTML, CSS).
    pub fn outline(&self) -> base::Outline {
        outline::outline(self)
    }

    /// All comments, in order.
    pub fn comments(&self) -> Vec<Comment> {
        let is_comment = comment_kinds(self.language());
        let html_block = match self.language() {
            Language::Markdown => self
                .language()
                .grammar()
                .id_for_node_kind("html_block", true),
            _ => 0,
        };
        let mut comments = Vec::new();
        self.walk(|node| {
            let id = node.kind_id();
            let text = || self.parsed().source.cut(node.byte_range());
            let found = is_comment.get(usize::from(id)).copied().unwrap_or(false)
                || id == html_block && id != 0 && text().trim_start().starts_with("<!--");
            if found && node.is_named() {
                let length = text().trim_end().len();
                let start = node.start_byte();
                comments.push(Comment {
                    span: Span::new(start, start + length),
                });
            }
            !found
        });
        comments
    }

    /// The tree as an S-expression, for tests and for authors of rules. Not for deep trees: it is made recursively.
    pub fn shape(&self) -> String {
        self.root().to_sexp()
    }

    /// Whether the tree is nested so deeply that pattern rules are not run on it.
    pub fn too_deep(&self) -> bool {
        let mut cursor = self.root().walk();
        let mut depth: u32 = 0;
        loop {
            // A subtree with few nodes cannot be deep, so only the heavy ones are entered.
            let heavy = cursor.node().descendant_count() as u64 + u64::from(depth)
                > u64::from(MATCHABLE_DEPTH);
            if heavy && cursor.goto_first_child() {
                depth += 1;
                if depth > MATCHABLE_DEPTH {
                    return true;
                }
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return false;
                }
                depth -= 1;
            }
        }
    }

    pub(crate) fn root(&self) -> Node<'_> {
        self.parsed().tree.root_node()
    }

    pub(crate) fn matchable(&self) -> &ast_grep_core::AstGrep<Parsed> {
        &self.0
    }

    pub(crate) fn parsed(&self) -> &Parsed {
        self.0.root().get_doc()
    }

    /// Visits nodes from the root, parents first; `enter` says whether to go into a node.
    pub(crate) fn walk<'t>(&'t self, mut enter: impl FnMut(Node<'t>) -> bool) {
        let mut cursor = self.root().walk();
        loop {
            if enter(cursor.node()) && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({}, {:?})", self.language().name(), self.text())
    }
}

/// By kind of node: whether it is a comment. Made once per language.
fn comment_kinds(language: Language) -> &'static [bool] {
    static KINDS: [OnceLock<Vec<bool>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    KINDS[language as usize].get_or_init(|| {
        let grammar = language.grammar();
        (0..grammar.node_kind_count())
            .map(|id| {
                u16::try_from(id)
                    .ok()
                    .and_then(|id| grammar.node_kind_for_id(id))
            })
            .map(|kind| kind.is_some_and(|kind| kind.ends_with("comment") || kind == "marginalia"))
            .collect()
    })
}

/// Rows end at LF and columns count bytes: what tree-sitter's lexer does, whatever the editor thinks.
fn input_edit(old: &Text, new: &Text, region: &Replaced) -> InputEdit {
    let point = |offset: usize| {
        let row = old.lines().line_of(offset as u32);
        TSPoint::new(row as usize, offset - old.lines().line_start(row) as usize)
    };
    let start = point(region.old.start);
    let inserted = &new.as_str().as_bytes()[region.new.clone()];
    let new_end = match inserted.iter().rposition(|&byte| byte == b'\n') {
        None => TSPoint::new(start.row, start.column + inserted.len()),
        Some(last) => {
            let rows = inserted.iter().filter(|&&byte| byte == b'\n').count();
            TSPoint::new(start.row + rows, inserted.len() - last - 1)
        }
    };
    InputEdit {
        start_byte: region.old.start,
        old_end_byte: region.old.end,
        new_end_byte: region.old.start + inserted.len(),
        start_position: start,
        old_end_position: point(region.old.end),
        new_end_position: new_end,
    }
}
