//! From where on the checks across files speak up: what can be written, and what it means where nothing was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From where on checks across files speak up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Thresholds {
    /// Cognitive complexity from which a function is hard to follow; 25 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub complexity: Option<u32>,
    /// How much of it one change has to add; 10 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub complexity_rise: Option<u32>,
    /// Lines from which a function is long; 120 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100000))]
    pub function_lines: Option<u32>,
    /// Lines that one change has to add to it; 40 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100000))]
    pub function_growth: Option<u32>,
    /// How many times as long as half the functions of its file it has to be; 4 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub function_times: Option<u32>,
    /// Commits in which two files changed together before one is missed without the other; 6 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000))]
    pub partner_commits: Option<u32>,
    /// The part of the commits of one file that change the other as well, 0 to 1; 0.85 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub partner_confidence: Option<f64>,
    /// Changes of more files than this are not asked for partners; 20 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub partner_files: Option<u32>,
    /// Tokens of a function below which a copy of it is chance; 40 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 1000))]
    pub copy_tokens: Option<u32>,
    /// Files of the longest circle of imports that is told; 7 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 50))]
    pub cycle_files: Option<u32>,
    /// Neighbours of an untested function that have to be tested; 3 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub tested_neighbours: Option<u32>,
}

impl Thresholds {
    /// Lays another layer on top.
    pub(super) fn lay(&mut self, layer: &Self) {
        let Self {
            complexity,
            complexity_rise,
            function_lines,
            function_growth,
            function_times,
            partner_commits,
            partner_confidence,
            partner_files,
            copy_tokens,
            cycle_files,
            tested_neighbours,
        } = layer;
        self.complexity = complexity.or(self.complexity);
        self.complexity_rise = complexity_rise.or(self.complexity_rise);
        self.function_lines = function_lines.or(self.function_lines);
        self.function_growth = function_growth.or(self.function_growth);
        self.function_times = function_times.or(self.function_times);
        self.partner_commits = partner_commits.or(self.partner_commits);
        self.partner_confidence = partner_confidence.or(self.partner_confidence);
        self.partner_files = partner_files.or(self.partner_files);
        self.copy_tokens = copy_tokens.or(self.copy_tokens);
        self.cycle_files = cycle_files.or(self.cycle_files);
        self.tested_neighbours = tested_neighbours.or(self.tested_neighbours);
    }
}

/// The same, every value present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Sonar's own limit is 15, which half the well-kept projects pass somewhere.
    pub complexity: u32,
    /// The rise that one change may bring.
    pub complexity_rise: u32,
    /// Lines from which a function is long.
    pub function_lines: u32,
    /// Lines that the change has to add to it.
    pub function_growth: u32,
    /// How many times as long as the median of its file.
    pub function_times: u32,
    /// Commits with both files from which the rule counts as one.
    pub partner_commits: u32,
    /// The part of the commits with the one file that touch the other, too.
    pub partner_confidence: f32,
    /// Files of one change from which it is too wide for its partners to mean anything.
    pub partner_files: usize,
    /// Tokens of a body below which two functions are alike by chance.
    pub copy_tokens: usize,
    /// Files of a circle that anybody can follow.
    pub cycle_files: usize,
    /// Neighbours that are tested where one is not.
    pub tested_neighbours: usize,
}

impl Limits {
    pub(super) fn of(written: Option<&Thresholds>) -> Self {
        let none = Thresholds::default();
        let said = written.unwrap_or(&none);
        Self {
            complexity: said.complexity.unwrap_or(25),
            complexity_rise: said.complexity_rise.unwrap_or(10),
            function_lines: said.function_lines.unwrap_or(120),
            function_growth: said.function_growth.unwrap_or(40),
            function_times: said.function_times.unwrap_or(4),
            partner_commits: said.partner_commits.unwrap_or(6),
            partner_confidence: said.partner_confidence.unwrap_or(0.85) as f32,
            partner_files: said.partner_files.unwrap_or(20) as usize,
            copy_tokens: said.copy_tokens.unwrap_or(40) as usize,
            cycle_files: said.cycle_files.unwrap_or(7) as usize,
            tested_neighbours: said.tested_neighbours.unwrap_or(3) as usize,
        }
    }
}
