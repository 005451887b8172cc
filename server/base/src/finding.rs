//! A finding: one remark about a change or a file.

use std::fmt;
use std::sync::Arc;

use crate::path::RelPath;
use crate::text::Span;

/// One remark, anchored to one version of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stable identity: survives shifts, re-indenting and moves inside the file. Given by the engine.
    pub id: FindingId,
    /// What made it.
    pub check: CheckKind,
    /// Its rule, such as `rust/unwrap-on-lock`.
    pub rule: RuleId,
    /// What kind of problem.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One line of plain text, no full stop.
    pub title: String,
    /// Why it matters and what to do, Markdown.
    pub message: String,
    /// The file.
    pub path: RelPath,
    /// The marked place in the file's new text.
    pub span: Span,
    /// Whether it lies on changed code, or why it is shown nevertheless.
    pub placement: Placement,
    /// Other places that support it.
    pub evidence: Vec<Evidence>,
    /// A mechanical repair, where there is one that applies.
    pub fix: Option<Fix>,
    /// The marked text is a secret: whoever shows source around it masks the span, and no format prints it.
    pub sensitive: bool,
}

/// Whether a finding lies on changed code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On a changed line, or the whole file is under review.
    Changed,
    /// On unchanged code, shown for this reason.
    Elsewhere(String),
}

/// 64 bits that name a finding; shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FindingId(pub u64);

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for FindingId {
    type Err = std::num::ParseIntError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(s, 16).map(Self)
    }
}

/// A rule's stable name, `language-or-domain/kebab-case`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// Wraps a name; rules are checked where they are loaded.
    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in reports and configuration.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value with this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named_enum! {
    /// What makes findings.
    CheckKind {
        /// Syntax rules and text checks.
        Pattern = "pattern",
        /// Cross-file, index-backed.
        Analysis = "analysis",
        /// git-backed.
        History = "history",
        /// A language model.
        Model = "model",
    }
}

named_enum! {
    /// What kind of problem.
    Category {
        /// Wrong result, crash, hang.
        Bug = "bug",
        /// Exploitable, or leaks a secret.
        Security = "security",
        /// Slower or larger than it needs to be.
        Performance = "performance",
        /// Hard to live with.
        Maintainability = "maintainability",
        /// Missing, weak or switched-off tests.
        Tests = "tests",
        /// Documentation that is wrong.
        Docs = "docs",
        /// Third-party packages.
        Dependency = "dependency",
        /// How the change is made: left-overs, markers, files that do not belong.
        Process = "process",
    }
}

named_enum! {
    /// How bad, mildest first (so that `>=` reads as "at least as bad").
    Severity {
        /// Take it or leave it.
        Hint = "hint",
        /// Worth knowing.
        Info = "info",
        /// Should be looked at before merging.
        Warning = "warning",
        /// Must not be merged like this.
        Error = "error",
    }
}

/// How sure a check is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f32);

impl Confidence {
    /// Cuts `value` to 0..=1; NaN becomes 0.
    pub fn new(value: f32) -> Self {
        Self(if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0)
        })
    }

    /// The value, 0 to 1.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// Another place that supports a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The file.
    pub path: RelPath,
    /// The place in that file's text, as the report's sources hold it.
    pub span: Span,
    /// What is to be seen there.
    pub note: String,
}

/// A repair. Offered only where every edit still applies and adds no syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative: "Use `is_empty`".
    pub title: String,
    /// The edits; none overlap.
    pub edits: Vec<Edit>,
}

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: RelPath,
    /// What is replaced.
    pub span: Span,
    /// The text that stood there when the fix was made; where that is gone, the fix is stale.
    pub replaces: String,
    /// The text to put there.
    pub new_text: String,
}
