//! The verbs that changes are told with, in the three forms that titles use.

use super::habit::Mood;

/// A verb in its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verb {
    pub(crate) imperative: &'static str,
    pub(crate) third: &'static str,
    pub(crate) past: &'static str,
}

const fn verb(imperative: &'static str, third: &'static str, past: &'static str) -> Verb {
    Verb {
        imperative,
        third,
        past,
    }
}

pub(crate) const ADD: Verb = verb("add", "adds", "added");
pub(crate) const REMOVE: Verb = verb("remove", "removes", "removed");
pub(crate) const CHANGE: Verb = verb("change", "changes", "changed");
pub(crate) const UPDATE: Verb = verb("update", "updates", "updated");
pub(crate) const RENAME: Verb = verb("rename", "renames", "renamed");
pub(crate) const MOVE: Verb = verb("move", "moves", "moved");
pub(crate) const MOVE_AND_CHANGE: Verb =
    verb("move and change", "moves and changes", "moved and changed");
pub(crate) const MAKE: Verb = verb("make", "makes", "made");
pub(crate) const REFORMAT: Verb = verb("reformat", "reformats", "reformatted");

/// Every verb whose form tells the mood of a title.
pub(crate) const ALL: &[Verb] = &[
    ADD,
    REMOVE,
    CHANGE,
    UPDATE,
    RENAME,
    MOVE,
    MAKE,
    verb("fix", "fixes", "fixed"),
    verb("use", "uses", "used"),
    verb("support", "supports", "supported"),
    verb("improve", "improves", "improved"),
    verb("allow", "allows", "allowed"),
    verb("implement", "implements", "implemented"),
];

impl Verb {
    pub(crate) fn form(self, mood: Mood) -> &'static str {
        match mood {
            Mood::Imperative => self.imperative,
            Mood::Third => self.third,
            Mood::Past => self.past,
        }
    }
}
