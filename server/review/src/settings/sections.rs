//! Which sections a description has: what can be written, and what it means where nothing was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::describe::Sections;

/// Which sections the description of a pull request has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Describe {
    /// What the change is, and the author's own words for why; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<bool>,
    /// The changes by area; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub areas: Option<bool>,
    /// In which order to read; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<bool>,
    /// The tests that come with it, or that none do; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<bool>,
    /// How much to worry, with reasons; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<bool>,
    /// What may break for others; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaking: Option<bool>,
    /// Issues that the branch and the commits name; `true` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issues: Option<bool>,
    /// A Mermaid diagram of the touched parts, where three to eight of them use each other; `false` unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagram: Option<bool>,
}

impl Describe {
    /// Lays another layer on top.
    pub(super) fn lay(&mut self, layer: &Self) {
        let Self {
            what,
            areas,
            review,
            tests,
            risk,
            breaking,
            issues,
            diagram,
        } = layer;
        self.what = what.or(self.what);
        self.areas = areas.or(self.areas);
        self.review = review.or(self.review);
        self.tests = tests.or(self.tests);
        self.risk = risk.or(self.risk);
        self.breaking = breaking.or(self.breaking);
        self.issues = issues.or(self.issues);
        self.diagram = diagram.or(self.diagram);
    }

    /// The sections that are wanted.
    pub(super) fn sections(written: Option<&Self>) -> Sections {
        let usual = Sections::default();
        let none = Self::default();
        let written = written.unwrap_or(&none);
        Sections {
            what: written.what.unwrap_or(usual.what),
            areas: written.areas.unwrap_or(usual.areas),
            review: written.review.unwrap_or(usual.review),
            tests: written.tests.unwrap_or(usual.tests),
            risk: written.risk.unwrap_or(usual.risk),
            breaking: written.breaking.unwrap_or(usual.breaking),
            issues: written.issues.unwrap_or(usual.issues),
            diagram: written.diagram.unwrap_or(usual.diagram),
        }
    }
}
