//! Reads `queries/<language>/*.scm` into patterns that one walk over a tree can try, node by node.
//!
//! The files are ordinary tree-sitter queries, and a test compiles each with tree-sitter as well. They are not run by
//! it: its cursor keeps the state of every pattern at every node, which with this many patterns costs more than
//! parsing does. A pattern here is looked at only where a node has the kind of its root, which takes a tenth of that.
//! What is read is the part of the query language that such patterns need: kinds, alternatives, fields, absent
//! fields, `?`, anchors, captures, and the predicates `#eq?`, `#not-eq?` and `#any-of?`.

use std::collections::VecDeque;

use super::role::Role;

/// The patterns of one language, found by the kind of their root.
pub(super) struct Patterns {
    all: Vec<Pattern>,
    by_kind: Vec<Vec<u16>>,
}

/// One pattern, flattened: each step finds a child of what an earlier step found.
pub(super) struct Pattern {
    pub(super) root: Vec<Role>,
    /// Fields that the root must not have.
    pub(super) absent: Vec<u16>,
    pub(super) steps: Vec<Step>,
    pub(super) predicates: Vec<Predicate>,
}

pub(super) struct Step {
    /// Whose child: 0 is the root, n what step n - 1 found.
    pub(super) parent: u8,
    pub(super) field: Option<u16>,
    pub(super) kinds: Kinds,
    pub(super) absent: Vec<u16>,
    /// Where to go on when there is no such child, for one that may be missing.
    pub(super) otherwise: Option<u8>,
    /// The step that finds the sibling before; 0 where there is none. Siblings are found in their order.
    pub(super) after: u8,
    pub(super) place: Place,
    /// No named sibling may follow.
    pub(super) last: bool,
    pub(super) captures: Vec<Role>,
}

/// Where among its siblings a child must stand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Anywhere,
    /// The first named one.
    First,
    /// The next named one after the sibling before.
    Next,
}

pub(super) enum Kinds {
    Any,
    Named,
    These(Vec<u16>),
}

pub(super) struct Predicate {
    pub(super) role: Role,
    pub(super) values: Vec<String>,
    pub(super) negated: bool,
}

impl Patterns {
    /// Reads several query texts one after the other; of two patterns that name the same thing, the first counts.
    pub(super) fn read(grammar: &tree_sitter::Language, texts: &[&str]) -> Result<Self, String> {
        let mut patterns = Self {
            all: Vec::new(),
            by_kind: vec![Vec::new(); grammar.node_kind_count()],
        };
        for text in texts {
            let mut reader = Reader {
                tokens: tokens(text),
                grammar,
            };
            while !reader.tokens.is_empty() {
                reader.pattern(&mut patterns)?;
            }
        }
        Ok(patterns)
    }

    pub(super) fn none() -> Self {
        Self {
            all: Vec::new(),
            by_kind: Vec::new(),
        }
    }

    /// The patterns whose root is of this kind.
    pub(super) fn of(&self, kind: u16) -> impl Iterator<Item = &Pattern> {
        self.by_kind
            .get(usize::from(kind))
            .into_iter()
            .flatten()
            .filter_map(|&at| self.all.get(usize::from(at)))
    }

    /// Whether some pattern has a root of this kind.
    pub(super) fn any(&self, kind: u16) -> bool {
        self.by_kind
            .get(usize::from(kind))
            .is_some_and(|patterns| !patterns.is_empty())
    }
}

/// A node of a pattern as it is written.
#[derive(Clone)]
struct Written {
    /// Empty for `_` and `(_)`.
    kinds: Vec<u16>,
    named: bool,
    absent: Vec<u16>,
    children: Vec<(Option<u16>, Place, Vec<Written>)>,
    optional: bool,
    last: bool,
    captures: Vec<Role>,
}

struct Reader<'a> {
    tokens: VecDeque<Token<'a>>,
    grammar: &'a tree_sitter::Language,
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    /// One of `()[].?:!`.
    Mark(char),
    Text(String),
    Capture(&'a str),
    Predicate(&'a str),
    Word(&'a str),
}

impl<'a> Reader<'a> {
    fn pattern(&mut self, patterns: &mut Patterns) -> Result<(), String> {
        let mut predicates = Vec::new();
        let alternatives = self.node(&mut predicates)?;
        for written in alternatives {
            // Each way to choose among alternatives with insides of their own becomes a pattern of its own.
            for chosen in expand(&written) {
                let mut steps = Vec::new();
                flatten(&chosen, 0, &mut steps)?;
                if chosen.kinds.is_empty() {
                    return Err("a pattern needs a kind at its root".to_owned());
                }
                let at = u16::try_from(patterns.all.len()).map_err(|_| "too many patterns")?;
                patterns.all.push(Pattern {
                    root: chosen.captures.clone(),
                    absent: chosen.absent.clone(),
                    steps,
                    predicates: predicates
                        .iter()
                        .map(
                            |(role, values, negated): &(Role, Vec<String>, bool)| Predicate {
                                role: *role,
                                values: values.clone(),
                                negated: *negated,
                            },
                        )
                        .collect(),
                });
                for &kind in &chosen.kinds {
                    if let Some(list) = patterns.by_kind.get_mut(usize::from(kind)) {
                        list.push(at);
                    }
                }
            }
        }
        Ok(())
    }

    /// One node with its quantifier and captures: as many as it has alternatives.
    fn node(
        &mut self,
        predicates: &mut Vec<(Role, Vec<String>, bool)>,
    ) -> Result<Vec<Written>, String> {
        let mut nodes = match self.next()? {
            Token::Mark('[') => {
                let mut nodes: Vec<Written> = Vec::new();
                while self.tokens.front() != Some(&Token::Mark(']')) {
                    for node in self.node(predicates)? {
                        // Plain kinds beside each other are one choice, not several patterns.
                        let plain = |node: &Written| {
                            node.children.is_empty()
                                && node.absent.is_empty()
                                && node.captures.is_empty()
                                && !node.kinds.is_empty()
                        };
                        match nodes.last_mut() {
                            Some(last) if plain(last) && plain(&node) => {
                                last.kinds.extend(node.kinds);
                            }
                            _ => nodes.push(node),
                        }
                    }
                }
                self.tokens.pop_front();
                nodes
            }
            Token::Mark('(') => vec![self.inside(predicates)?],
            Token::Text(text) => vec![Written::new(vec![self.kind(&text, false)?], false)],
            Token::Word("_") => vec![Written::new(Vec::new(), false)],
            other => return Err(format!("{other:?} is not a node")),
        };
        loop {
            match self.tokens.front() {
                Some(Token::Mark('?')) => nodes.iter_mut().for_each(|node| node.optional = true),
                Some(Token::Capture(name)) => {
                    let role = Role::from_name(name).ok_or_else(|| format!("unknown @{name}"))?;
                    nodes.iter_mut().for_each(|node| node.captures.push(role));
                }
                _ => return Ok(nodes),
            }
            self.tokens.pop_front();
        }
    }

    /// What stands between parentheses.
    fn inside(
        &mut self,
        predicates: &mut Vec<(Role, Vec<String>, bool)>,
    ) -> Result<Written, String> {
        // `((kind …) @capture (#predicate …))` groups a pattern with its predicates.
        let mut node = if matches!(self.tokens.front(), Some(Token::Mark('(' | '['))) {
            let [node] = <[Written; 1]>::try_from(self.node(predicates)?)
                .map_err(|_| "a group holds one pattern")?;
            node
        } else {
            match self.next()? {
                Token::Word("_") => Written::new(Vec::new(), true),
                Token::Word(kind) => Written::new(vec![self.kind(kind, true)?], true),
                other => return Err(format!("{other:?} is not a kind of node")),
            }
        };
        let mut place = Place::Anywhere;
        loop {
            match self.tokens.front().cloned() {
                Some(Token::Mark(')')) => {
                    self.tokens.pop_front();
                    return Ok(node);
                }
                Some(Token::Mark('!')) => {
                    self.tokens.pop_front();
                    let Token::Word(field) = self.next()? else {
                        return Err("a field follows `!`".to_owned());
                    };
                    node.absent.push(self.field(field)?);
                }
                Some(Token::Mark('.')) if self.tokens.get(1) == Some(&Token::Mark(')')) => {
                    self.tokens.pop_front();
                    let (_, _, last) = node.children.last_mut().ok_or("nothing before `.`")?;
                    last.iter_mut().for_each(|node| node.last = true);
                }
                Some(Token::Mark('.')) => {
                    self.tokens.pop_front();
                    place = if node.children.is_empty() {
                        Place::First
                    } else {
                        Place::Next
                    };
                }
                Some(Token::Mark('('))
                    if matches!(self.tokens.get(1), Some(Token::Predicate(_))) =>
                {
                    self.tokens.pop_front();
                    predicates.push(self.predicate()?);
                }
                Some(Token::Word(field)) if field != "_" => {
                    self.tokens.pop_front();
                    let field = self.field(field)?;
                    if self.next()? != Token::Mark(':') {
                        return Err("`:` follows a field".to_owned());
                    }
                    let child = self.node(predicates)?;
                    node.children.push((Some(field), place, child));
                    place = Place::Anywhere;
                }
                Some(_) => {
                    let child = self.node(predicates)?;
                    node.children.push((None, place, child));
                    place = Place::Anywhere;
                }
                None => return Err("a parenthesis is not closed".to_owned()),
            }
        }
    }

    fn predicate(&mut self) -> Result<(Role, Vec<String>, bool), String> {
        let Token::Predicate(name) = self.next()? else {
            return Err("a predicate is missing".to_owned());
        };
        let negated = match name {
            "eq?" | "any-of?" => false,
            "not-eq?" => true,
            other => return Err(format!("the predicate #{other} is not read")),
        };
        let Token::Capture(capture) = self.next()? else {
            return Err("a predicate is about a capture".to_owned());
        };
        let role = Role::from_name(capture).ok_or_else(|| format!("unknown @{capture}"))?;
        let mut values = Vec::new();
        loop {
            match self.next()? {
                Token::Text(text) => values.push(text),
                Token::Mark(')') => return Ok((role, values, negated)),
                other => return Err(format!("{other:?} is not a string")),
            }
        }
    }

    fn next(&mut self) -> Result<Token<'a>, String> {
        self.tokens
            .pop_front()
            .ok_or_else(|| "the text ends within a pattern".to_owned())
    }

    fn kind(&self, name: &str, named: bool) -> Result<u16, String> {
        match self.grammar.id_for_node_kind(name, named) {
            0 => Err(format!("the grammar has no node `{name}`")),
            id => Ok(id),
        }
    }

    fn field(&self, name: &str) -> Result<u16, String> {
        self.grammar
            .field_id_for_name(name)
            .map(u16::from)
            .ok_or_else(|| format!("the grammar has no field `{name}`"))
    }
}

impl Written {
    fn new(kinds: Vec<u16>, named: bool) -> Self {
        Self {
            kinds,
            named,
            absent: Vec::new(),
            children: Vec::new(),
            optional: false,
            last: false,
            captures: Vec::new(),
        }
    }
}

/// Every choice of one alternative at each place. The depth is that of a pattern of ours.
fn expand(written: &Written) -> Vec<Written> {
    let mut done = vec![Written {
        children: Vec::new(),
        ..written.clone()
    }];
    for (field, place, alternatives) in &written.children {
        let choices: Vec<Written> = alternatives.iter().flat_map(expand).collect();
        done = done
            .iter()
            .flat_map(|node| {
                choices.iter().map(|choice| {
                    let mut node = node.clone();
                    node.children.push((*field, *place, vec![choice.clone()]));
                    node
                })
            })
            .collect();
    }
    done
}

fn flatten(node: &Written, parent: u8, steps: &mut Vec<Step>) -> Result<(), String> {
    let mut before = 0;
    for (field, place, chosen) in &node.children {
        for child in chosen {
            let at = steps.len();
            steps.push(Step {
                parent,
                field: *field,
                kinds: match (&child.kinds[..], child.named) {
                    ([], true) => Kinds::Named,
                    ([], false) => Kinds::Any,
                    (kinds, _) => Kinds::These(kinds.to_vec()),
                },
                absent: child.absent.clone(),
                otherwise: None,
                after: before,
                place: *place,
                last: child.last,
                captures: child.captures.clone(),
            });
            let number = u8::try_from(at + 1).map_err(|_| "a pattern is too large")?;
            before = number;
            flatten(child, number, steps)?;
            let end = u8::try_from(steps.len()).map_err(|_| "a pattern is too large")?;
            if child.optional
                && let Some(step) = steps.get_mut(at)
            {
                step.otherwise = Some(end);
            }
        }
    }
    Ok(())
}

fn tokens(text: &str) -> VecDeque<Token<'_>> {
    let mut tokens = VecDeque::new();
    let mut rest = text;
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '?');
    while let Some(first) = rest.chars().next() {
        let skip = match first {
            ';' => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let (text, length) = quoted(rest);
                tokens.push_back(Token::Text(text));
                length
            }
            '@' => {
                let end = rest[1..]
                    .find(|c| !word(c) && c != '.')
                    .map_or(rest.len(), |at| at + 1);
                tokens.push_back(Token::Capture(&rest[1..end]));
                end
            }
            '#' => {
                let end = rest[1..].find(|c| !word(c)).map_or(rest.len(), |at| at + 1);
                tokens.push_back(Token::Predicate(&rest[1..end]));
                end
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                tokens.push_back(Token::Word(&rest[..end]));
                end
            }
            c if c.is_whitespace() => c.len_utf8(),
            c => {
                tokens.push_back(Token::Mark(c));
                c.len_utf8()
            }
        };
        rest = &rest[skip..];
    }
    tokens
}

/// The string at the start of `text` and how long it is with its quotes.
fn quoted(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (out, at + 1),
            c => {
                out.push(if escaped && c == 'n' { '\n' } else { c });
                escaped = false;
            }
        }
    }
    (out, text.len())
}
