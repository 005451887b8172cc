//! The body of a function in the form in which two are compared: tokens, their shape, and which names are its own.

use std::collections::{HashMap, HashSet};

use base::{Definition, Span};
use syntax::{Token, TokenKind, Tree};

/// Longer bodies are compared no further.
const MOST_TOKENS: usize = 2_000;
/// Names of its own that a body must use, so that tables and delegations do not count.
const LEAST_NAMES: usize = 6;
/// Shared runs of tokens, as a part of all of the larger body.
const SAME_SHAPE: f32 = 0.8;
/// Aligned names that are renamed in one way, as a part of all.
const SAME_NAMES: f32 = 0.9;
/// Called and read names that are the same, as a part of all.
const SAME_CALLS: f32 = 0.75;
/// The same, told without order, for what is worth being compared.
const MAY_BE: f32 = 0.5;
/// Tokens from which one shape from end to end is no chance, whatever is called.
const ONE_SHAPE: usize = 60;
/// Tokens in one run.
const RUN: usize = 4;

fn is_truth(word: &str) -> bool {
    matches!(word, "true" | "false" | "True" | "False")
}

/// A body in the form in which two are compared.
pub(super) struct Body<'t> {
    text: &'t str,
    tokens: Vec<Token>,
}

impl<'t> Body<'t> {
    /// `None` for a body of fewer tokens than `least`, which is like others by chance.
    pub(super) fn of(tree: &'t Tree, definition: &Definition, least: usize) -> Option<Self> {
        let span = Span {
            start: definition.signature.end,
            end: definition.span.end,
        };
        let mut tokens = tree.tokens(span);
        // A docstring is no step.
        if tokens
            .first()
            .is_some_and(|first| first.kind == TokenKind::Text)
        {
            tokens.remove(0);
        }
        let body = Self {
            text: tree.text().as_str(),
            tokens,
        };
        let names: HashSet<&str> = body.names().collect();
        let is_enough = (least..=MOST_TOKENS).contains(&body.tokens.len());
        (is_enough && names.len() >= LEAST_NAMES).then_some(body)
    }

    fn cut(&self, token: &Token) -> &'t str {
        self.text.get(token.span.range()).unwrap_or_default()
    }

    fn names(&self) -> impl Iterator<Item = &'t str> {
        let names = self
            .tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Name);
        names.map(|token| self.cut(token))
    }

    /// What is called, or read from something: the names that a copy does not rename.
    fn outside(&self, at: usize) -> bool {
        let sign = |at: Option<usize>| {
            let token = at.and_then(|at| self.tokens.get(at));
            token.map_or("", |token| self.cut(token))
        };
        matches!(sign(at.checked_sub(1)), "." | "->" | "::" | "?.")
            || matches!(sign(Some(at + 1)), "(" | "::" | "!")
    }

    fn is_method_called(&self, at: usize) -> bool {
        let sign = |at: Option<usize>| {
            let token = at.and_then(|at| self.tokens.get(at));
            token.map_or("", |token| self.cut(token))
        };
        matches!(sign(at.checked_sub(1)), "." | "->" | "?.") && sign(Some(at + 1)) == "("
    }

    /// What to look for: the names, those that are called first.
    pub(super) fn words(&self, name: &str) -> Vec<(String, f32)> {
        let mut words = vec![(name.to_owned(), 1.0)];
        let mut seen = HashSet::from([name]);
        for wanted in [true, false] {
            for (at, token) in self.tokens.iter().enumerate() {
                let word = self.cut(token);
                if token.kind == TokenKind::Name
                    && word.len() > 2
                    && self.outside(at) == wanted
                    && seen.insert(word)
                {
                    words.push((word.to_owned(), if wanted { 2.0 } else { 0.7 }));
                }
            }
        }
        words.truncate(24);
        words
    }

    /// Whether a text could be that of a copy: most of what is called here stands there as well. Far cheaper than
    /// reading it token by token.
    pub(super) fn may_be(&self, text: &str) -> bool {
        let there: HashSet<&str> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        let mut here = HashSet::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if token.kind == TokenKind::Name && self.outside(at) {
                here.insert(self.cut(token));
            }
        }
        let same = here.iter().filter(|word| there.contains(*word)).count();
        same as f32 >= here.len() as f32 * MAY_BE
    }

    /// One token without its name or value.
    fn shape(&self, token: &Token) -> &'t str {
        match token.kind {
            TokenKind::Name => "a",
            TokenKind::Text => "\"",
            TokenKind::Number => "1",
            TokenKind::Sign => self.cut(token),
        }
    }

    /// Every yes and no, in order.
    fn truths(&self) -> Vec<&'t str> {
        let words = self.tokens.iter().map(|token| self.cut(token));
        words.filter(|word| is_truth(word)).collect()
    }

    /// How alike two bodies are, from 0 to 1; `None` where they are no copies.
    pub(super) fn likeness(&self, other: &Body<'_>) -> Option<f32> {
        let (a, b) = (self.tokens.len(), other.tokens.len());
        if a.min(b) * 10 < a.max(b) * 8 {
            return None;
        }
        // Where the one says yes and the other no they decide something else.
        if self.truths() != other.truths() {
            return None;
        }
        let mut runs: HashMap<Vec<&str>, i32> = HashMap::new();
        let shapes: Vec<&str> = self.tokens.iter().map(|token| self.shape(token)).collect();
        for run in shapes.windows(RUN) {
            *runs.entry(run.to_vec()).or_default() += 1;
        }
        let shapes: Vec<&str> = other
            .tokens
            .iter()
            .map(|token| other.shape(token))
            .collect();
        let mut common = 0;
        for run in shapes.windows(RUN) {
            if let Some(left) = runs.get_mut(run).filter(|left| **left > 0) {
                *left -= 1;
                common += 1;
            }
        }
        let shape = common as f32 / (a.max(b) + 1 - RUN) as f32;
        if shape < SAME_SHAPE {
            return None;
        }
        let pairs = self.align(other);
        let mut renamed: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
        let (mut names, mut outside, mut same) = (0usize, 0usize, 0usize);
        let (mut values, mut equal) = (0usize, 0usize);
        let (mut called, mut called_same) = (0usize, 0usize);
        let mut turned: Vec<(&str, &str)> = Vec::new();
        for (x, y) in &pairs {
            let (Some(ours), Some(theirs)) = (self.tokens.get(*x), other.tokens.get(*y)) else {
                continue;
            };
            let (ours_text, theirs_text) = (self.cut(ours), other.cut(theirs));
            if ours.kind != TokenKind::Name {
                if ours.kind != TokenKind::Sign {
                    values += 1;
                    equal += usize::from(ours_text == theirs_text);
                }
                continue;
            }
            names += 1;
            if self.outside(*x) {
                outside += 1;
                same += usize::from(ours_text == theirs_text);
                if self.is_method_called(*x) {
                    called += 1;
                    called_same += usize::from(ours_text == theirs_text);
                }
                if ours_text != theirs_text {
                    turned.push((ours_text, theirs_text));
                }
            }
            *renamed
                .entry(ours_text)
                .or_default()
                .entry(theirs_text)
                .or_default() += 1;
        }
        let one_way: usize = renamed.values().filter_map(|to| to.values().max()).sum();
        // A field that is called like what is put into it was renamed with it.
        let fields: HashMap<&str, &str> = pairs
            .iter()
            .filter(|(x, _)| !self.outside(*x))
            .filter_map(|(x, y)| {
                let (ours, theirs) = (self.tokens.get(*x)?, other.tokens.get(*y)?);
                Some((self.cut(ours), other.cut(theirs)))
            })
            .collect();
        same += turned
            .iter()
            .filter(|(ours, theirs)| fields.get(ours) == Some(theirs))
            .count();
        let part = |some: usize, all: usize| {
            if all == 0 {
                1.0
            } else {
                some as f32 / all as f32
            }
        };
        let (names_part, calls_part) = (part(one_way, names), part(same, outside));
        // Nothing called and other values: the same arithmetic on another table.
        let is_copy = names_part >= SAME_NAMES
            && calls_part >= SAME_CALLS
            && outside >= 3
            && part(equal, values) >= 0.6
            && pairs.len() * 10 >= a.max(b) * 8;
        // The same from end to end, though little is called: a loop, an algorithm.
        let is_one_shape = a.min(b) >= ONE_SHAPE
            && shape >= 0.98
            && names_part >= 0.95
            && calls_part >= 0.6
            && part(equal, values) >= 0.9;
        // Two that hand everything on to different methods are siblings, whatever else they share.
        let is_sibling = called >= 2 && called_same * 2 < called;
        (!is_sibling && (is_copy || is_one_shape)).then_some(shape * names_part * calls_part)
    }

    /// Tokens of the same shape, in order, as a merge that looks a little ahead would pair them.
    fn align(&self, other: &Body<'_>) -> Vec<(usize, usize)> {
        const AHEAD: usize = 24;
        let (mut x, mut y, mut pairs) = (0, 0, Vec::new());
        let same = |x: usize, y: usize| match (self.tokens.get(x), other.tokens.get(y)) {
            (Some(a), Some(b)) => a.kind == b.kind && self.shape(a) == other.shape(b),
            _ => false,
        };
        let run = |x: usize, y: usize| (0..RUN).all(|step| same(x + step, y + step));
        while x < self.tokens.len() && y < other.tokens.len() {
            if same(x, y) {
                pairs.push((x, y));
                (x, y) = (x + 1, y + 1);
                continue;
            }
            let skip = (1..AHEAD).find_map(|far| {
                (0..=far)
                    .find_map(|left| run(x + left, y + far - left).then_some((left, far - left)))
            });
            let (left, right) = skip.unwrap_or((1, 1));
            (x, y) = (x + left, y + right);
        }
        pairs
    }
}
