//! What is wrong with a configuration: where, which key, and what to do about it.

use std::fmt;

/// One mistake in one layer of configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The file, or the layer ("environment", "editor settings", "command line").
    pub file: String,
    /// 1-based line, where the layer has lines.
    pub line: Option<u32>,
    /// The key, dotted; empty where the layer as a whole is wrong.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigProblem {}
