//! One pass over a tree for all rules of its language.
//!
//! A cursor visits the nodes that touch the asked-for spans; each node is tried against the rules that can hold on
//! its kind and for whose words the text has.

use ast_grep_config::{Label, LabelStyle};
use ast_grep_core::NodeMatch;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::replacer::Replacer as _;
use base::{Edit, Fix, RelPath, RuleId, Span};
use tree_sitter::Node;

use super::Match;
use super::set::{Compiled, Places, RuleSet, contains_one};
use crate::Tree;
use crate::doc::Parsed;

/// Longest piece of source put into a message, in characters.
const QUOTED: usize = 60;

/// Runs the set. Without a path, `files` and `ignores` of rules do not count.
pub(crate) fn run(
    set: &RuleSet,
    tree: &Tree,
    path: Option<&RelPath>,
    within: Option<&[Span]>,
    enabled: &dyn Fn(&RuleId) -> bool,
) -> Vec<Match> {
    if set.rules.is_empty() || tree.too_deep() {
        return Vec::new();
    }
    let places = set.places(tree.text().as_str());
    let mut by_kind: Vec<Vec<(&Compiled, &Places)>> = Vec::new();
    for (rule, place) in set.rules.iter().zip(&places) {
        if place.is_nowhere() || !enabled(&rule.meta().id) {
            continue;
        }
        let Some(rule) = rule.compiled() else {
            continue;
        };
        if path.is_some_and(|path| !rule.looks_at(path)) {
            continue;
        }
        for kind in &rule.kinds {
            let kind = usize::from(*kind);
            if by_kind.len() <= kind {
                by_kind.resize_with(kind + 1, Vec::new);
            }
            by_kind[kind].push((rule, place));
        }
    }
    if by_kind.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    visit(tree, &Region::new(within, &places), |node| {
        let Some(rules) = by_kind.get(usize::from(node.kind_id())) else {
            return;
        };
        if rules.is_empty() {
            return;
        }
        let span = span_of(node);
        for (rule, place) in rules {
            if !place.allow(span) {
                continue;
            }
            if let Some(matched) = rule.config.matcher.match_node(tree.matchable().adopt(node)) {
                found.push(describe(rule, &matched, tree, path));
            }
        }
    });
    // Nested nodes over the same text (a statement and its expression) are one place.
    let mut seen = std::collections::HashSet::new();
    found.retain(|found| seen.insert((found.rule.id.clone(), found.span)));
    found
}

/// Which nodes are worth a visit; a node that is not has no descendant that is.
enum Region {
    /// All.
    Whole,
    /// Those that touch one of these spans.
    Touching(Vec<Span>),
    /// Those that contain one of these words.
    Containing(Vec<Span>),
}

impl Region {
    fn new(within: Option<&[Span]>, places: &[Places]) -> Self {
        if let Some(within) = within {
            let mut spans = within.to_vec();
            spans.sort_unstable();
            return Self::Touching(spans);
        }
        let mut words = Vec::new();
        for place in places {
            match place {
                Places::Anywhere => return Self::Whole,
                Places::Around(spans) => words.extend_from_slice(spans),
            }
        }
        words.sort_unstable();
        Self::Containing(words)
    }

    fn holds(&self, node: Node<'_>) -> bool {
        match self {
            Self::Whole => true,
            Self::Touching(spans) => touches(spans, span_of(node)),
            Self::Containing(words) => contains_one(words, span_of(node)),
        }
    }
}

/// Visits the nodes of a region, parents first.
fn visit<'t>(tree: &'t Tree, region: &Region, mut each: impl FnMut(Node<'t>)) {
    tree.walk(|node| {
        let holds = region.holds(node);
        if holds {
            each(node);
        }
        holds
    });
}

fn span_of(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// Whether `span` touches one of `spans`, which are in order and do not overlap.
fn touches(spans: &[Span], span: Span) -> bool {
    let first = spans.partition_point(|other| other.end < span.start);
    spans[first..]
        .iter()
        .take_while(|other| other.start <= span.end)
        .any(|other| other.touches(span))
}

fn describe(
    rule: &Compiled,
    matched: &NodeMatch<'_, Parsed>,
    tree: &Tree,
    path: Option<&RelPath>,
) -> Match {
    let whole = Span::from(matched.range());
    let mut span = whole;
    let mut labels = Vec::new();
    if rule.config.labels.is_some() {
        for label in rule.config.get_labels(matched) {
            let place = Span::from(label.range());
            match label {
                // A primary label says which part of a large match is the point.
                Label {
                    style: LabelStyle::Primary,
                    ..
                } if whole.contains(place) => span = place,
                Label {
                    message: Some(message),
                    ..
                } => labels.push((place, message.to_owned())),
                Label { .. } => {}
            }
        }
        labels.sort();
    }
    Match {
        rule: rule.meta.clone(),
        span,
        title: title(&rule.meta.title, matched),
        labels,
        fix: fix(rule, matched, tree, path),
    }
}

/// The message with `$NAME` and `$$$NAME` replaced by what they matched.
fn title(message: &str, matched: &NodeMatch<'_, Parsed>) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('$');
        let signs = &rest[at..rest.len() - after.len()];
        let end = after.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        let (name, tail) = after.split_at(end.unwrap_or(after.len()));
        match value(name, signs.len() == 3, matched) {
            Some(value) => out.push_str(&shortened(&value)),
            None => {
                out.push_str(signs);
                out.push_str(name);
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn value(name: &str, many: bool, matched: &NodeMatch<'_, Parsed>) -> Option<String> {
    let env = matched.get_env();
    if name.is_empty() {
        return None;
    }
    if many {
        let nodes = env.get_multiple_matches(name);
        let (first, last) = (nodes.first()?, nodes.last()?);
        let source = &first.get_doc().source;
        return Some(source.cut(first.range().start..last.range().end).to_owned());
    }
    let plain = env.get_match(name).map(|node| node.text().into_owned());
    plain.or_else(|| {
        env.get_transformed(name)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    })
}

/// In one line and not too long: a matched expression can be a page.
fn shortened(text: &str) -> String {
    let mut line = String::new();
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * QUOTED {
            break;
        }
    }
    if let Some((cut, _)) = line.char_indices().nth(QUOTED) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

fn fix(
    rule: &Compiled,
    matched: &NodeMatch<'_, Parsed>,
    tree: &Tree,
    path: Option<&RelPath>,
) -> Option<Fix> {
    let fixer = rule.config.fixer.first()?;
    let range = fixer.get_replaced_range(matched, &rule.config.matcher);
    let span = Span::from(range);
    let replaces = tree.text().slice(span)?;
    let mut new_text = String::from_utf8(fixer.generate_replacement(matched)).ok()?;
    if tree
        .text()
        .line(0)
        .is_some_and(|first| tree.text().as_str()[first.len()..].starts_with("\r\n"))
    {
        new_text = new_text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if new_text == replaces {
        return None;
    }
    let title = fixer
        .title()
        .map(str::to_owned)
        .or_else(|| rule.fix_title.clone())
        .unwrap_or_else(|| match new_text.trim() {
            "" => "Remove it".to_owned(),
            short if short.len() <= QUOTED && !short.contains('\n') => {
                format!("Replace by `{short}`")
            }
            _ => "Replace it".to_owned(),
        });
    let path = path.cloned().or_else(|| RelPath::new("code").ok())?;
    let edit = Edit {
        path,
        span,
        replaces: replaces.to_owned(),
        new_text,
    };
    Some(Fix {
        title,
        edits: vec![edit],
    })
}
