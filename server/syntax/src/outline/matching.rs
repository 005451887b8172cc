//! Tries a pattern at a node.
//!
//! The depth of the recursion is the number of steps of the pattern, never that of the tree.

use tree_sitter::{Node, TreeCursor};

use super::query::{Kinds, Pattern, Place, Step};
use super::role::Role;

/// What a pattern caught: each node with what it is.
pub(super) type Caught<'t> = [(Role, Node<'t>)];

/// Children looked at in one go: a list of a million elements is data, not code.
const MOST_CHILDREN: usize = 20_000;

/// Children kept listed from one pattern to the next.
const MOST_KEPT: usize = 100_000;

/// A child of a node that a pattern looks at.
pub(super) struct Child<'t> {
    pub(super) node: Node<'t>,
    field: u16,
    /// Where its own children stand, if they were listed.
    inside: Option<(usize, usize)>,
}

/// Reused between nodes, so that trying patterns allocates nothing.
pub(super) struct Matcher<'t> {
    cursor: TreeCursor<'t>,
    /// Children of the nodes found so far, with their fields.
    children: Vec<Child<'t>>,
    /// What each step found: the node, where its own children stand if they were listed, and its place among its
    /// parent's children.
    found: Vec<Found<'t>>,
    caught: Vec<(Role, Node<'t>)>,
    /// How many of the children stay when a step is left.
    kept: usize,
    /// How many of the children are those of the node it started with.
    own: usize,
}

#[derive(Clone, Copy)]
struct Found<'t> {
    node: Node<'t>,
    children: Option<(usize, usize)>,
    place: usize,
    /// Where its next sibling is looked for.
    next: usize,
}

impl<'t> Matcher<'t> {
    pub(super) fn new(root: Node<'t>) -> Self {
        Self {
            cursor: root.walk(),
            children: Vec::new(),
            found: Vec::new(),
            caught: Vec::new(),
            own: 0,
            kept: 0,
        }
    }

    /// Starts with a node and lists its children; [`Matcher::run`] tries patterns at it.
    pub(super) fn at(&mut self, node: Node<'t>, fields: bool, opaque: bool) {
        self.children.clear();
        self.found.clear();
        // Below some nodes only what has no name is left.
        self.read(node, fields, if opaque { 0 } else { usize::MAX });
        self.found.push(Found {
            node,
            children: Some((0, self.children.len().min(MOST_CHILDREN))),
            place: 0,
            next: 0,
        });
        self.own = self.children.len();
        self.kept = self.own;
    }

    /// The children of the node it started with.
    pub(super) fn own(&self) -> &[Child<'t>] {
        self.children.get(..self.own).unwrap_or_default()
    }

    /// Hands every match of `pattern` to `emit`.
    pub(super) fn run(
        &mut self,
        pattern: &Pattern,
        text: &'t str,
        emit: &mut impl FnMut(&Caught<'t>),
    ) {
        let Some(&Found { node, .. }) = self.found.first() else {
            return;
        };
        if !lacks(node, &pattern.absent) {
            return;
        }
        self.caught.clear();
        self.caught
            .extend(pattern.root.iter().map(|&role| (role, node)));
        self.found.truncate(1);
        self.step(pattern, 0, text, emit);
    }

    /// Whether anything was found from this step on.
    fn step(
        &mut self,
        pattern: &Pattern,
        at: usize,
        text: &'t str,
        emit: &mut impl FnMut(&Caught<'t>),
    ) -> bool {
        let Some(step) = pattern.steps.get(at) else {
            let holds = pattern.hold(&self.caught, text);
            if holds {
                emit(&self.caught);
            }
            return holds;
        };
        let (from, to) = self.list(usize::from(step.parent));
        let (listed, caught) = (self.children.len(), self.caught.len());
        let mut matched = false;
        let from = match step.after {
            0 => from,
            before => self
                .found
                .get(usize::from(before))
                .map_or(from, |found| found.next),
        };
        let candidates = match step.place {
            Place::Anywhere => from..to,
            Place::First | Place::Next => {
                let next = first_named(&self.children, from, to);
                from..to.min(next + 1)
            }
        };
        for place in candidates {
            let Some(&Child { node, field, .. }) = self.children.get(place) else {
                break;
            };
            if !fits(step, node, field)
                || step.last && first_named(&self.children, place + 1, to) < to
            {
                continue;
            }
            self.found.truncate(at + 1);
            self.found.push(Found {
                node,
                children: None,
                place,
                next: place + 1,
            });
            self.caught
                .extend(step.captures.iter().map(|&role| (role, node)));
            // A predicate that fails here fails at the end as well, after more work.
            let hopeful = step.otherwise.is_some()
                || pattern.hold(self.caught.get(caught..).unwrap_or_default(), text);
            matched |= hopeful && self.step(pattern, at + 1, text, emit);
            self.children.truncate(listed.max(self.kept));
            self.caught.truncate(caught);
            if matched && step.otherwise.is_some() {
                return true;
            }
        }
        if let (false, Some(otherwise)) = (matched, step.otherwise) {
            // Steps that are left out keep their numbers; what comes after them is looked for where they were.
            self.found.truncate(at + 1);
            if let Some(&root) = self.found.first() {
                let missing = Found { next: from, ..root };
                self.found.resize(usize::from(otherwise) + 1, missing);
            }
            matched = self.step(pattern, usize::from(otherwise), text, emit);
        }
        matched
    }

    /// Lists the children of what a step found, once.
    fn list(&mut self, of: usize) -> (usize, usize) {
        let Some(&found) = self.found.get(of) else {
            return (0, 0);
        };
        if let Some(range) = found.children {
            return range;
        }
        let known = self
            .children
            .get(found.place)
            .and_then(|child| child.inside);
        let range = known.unwrap_or_else(|| {
            let from = self.children.len();
            self.read(found.node, true, MOST_CHILDREN);
            let range = (from, self.children.len());
            // The next pattern asks for the same; of very wide nodes nothing is kept.
            if range.1 < MOST_KEPT {
                self.kept = range.1;
                if let Some(child) = self.children.get_mut(found.place) {
                    child.inside = Some(range);
                }
            }
            range
        });
        if let Some(found) = self.found.get_mut(of) {
            found.children = Some(range);
        }
        range
    }

    fn read(&mut self, node: Node<'t>, fields: bool, most: usize) {
        if node.child_count() == 0 {
            return;
        }
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        let mut left = most;
        while more && left > 0 {
            let field = if fields {
                self.cursor.field_id().map_or(0, u16::from)
            } else {
                0
            };
            self.children.push(Child {
                node: self.cursor.node(),
                field,
                inside: None,
            });
            more = self.cursor.goto_next_sibling();
            left -= 1;
        }
    }
}

impl Pattern {
    /// Whether the predicates hold for what was caught.
    fn hold(&self, caught: &Caught<'_>, text: &str) -> bool {
        self.predicates.iter().all(|predicate| {
            caught
                .iter()
                .filter(|(role, _)| *role == predicate.role)
                .all(|(_, node)| {
                    let text = text.get(node.byte_range()).unwrap_or_default();
                    predicate.values.iter().any(|value| value == text) != predicate.negated
                })
        })
    }
}

fn first_named(children: &[Child<'_>], from: usize, to: usize) -> usize {
    (from..to)
        .find(|&at| children.get(at).is_some_and(|child| child.node.is_named()))
        .unwrap_or(to)
}

fn fits(step: &Step, node: Node<'_>, field: u16) -> bool {
    step.field.is_none_or(|wanted| wanted == field)
        && match &step.kinds {
            Kinds::Any => true,
            Kinds::Named => node.is_named(),
            Kinds::These(kinds) => kinds.contains(&node.kind_id()),
        }
        && lacks(node, &step.absent)
}

fn lacks(node: Node<'_>, fields: &[u16]) -> bool {
    fields
        .iter()
        .all(|&field| node.child_by_field_id(field).is_none())
}
