//! What a workspace's own rule file may cost. The regular expression engine is linear in the text, but a pattern such
//! as `a{500}{500}` is not free to compile, and YAML aliases can multiply a small file.

use serde_json::Value;

use super::RuleProblem;
use super::file::yaml;

/// Rules that a workspace may have.
pub(crate) const RULES: usize = 200;

/// Bytes of one file.
const FILE: usize = 64 * 1024;

/// Bytes of one regular expression.
const PATTERN: usize = 1024;

/// Bytes of a compiled regular expression, and of its lazy automaton.
const COMPILED: usize = 1024 * 1024;

/// Values in one file, aliases followed.
const VALUES: usize = 10_000;

/// Refuses a file that is over a limit.
pub(crate) fn check(path: &str, source: &str) -> Result<(), RuleProblem> {
    let problem = |what: String| RuleProblem {
        path: path.to_owned(),
        what,
    };
    if source.len() > FILE {
        return Err(problem(format!(
            "{} bytes, over the limit of {FILE} for a rule file",
            source.len()
        )));
    }
    let whole: Value = ast_grep_config::from_str(source).map_err(|error| problem(yaml(&error)))?;
    let mut waiting = vec![(None, &whole)];
    let mut values = 0;
    while let Some((key, value)) = waiting.pop() {
        values += 1;
        if values > VALUES {
            return Err(problem(format!(
                "more than {VALUES} values, aliases followed; write a smaller rule"
            )));
        }
        match value {
            Value::Object(map) => {
                waiting.extend(map.iter().map(|(key, value)| (Some(key.as_str()), value)))
            }
            Value::Array(list) => waiting.extend(list.iter().map(|value| (key, value))),
            Value::String(text) if matches!(key, Some("regex" | "replace")) => {
                check_regex(text).map_err(|what| problem(at_line(source, text, what)))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_regex(pattern: &str) -> Result<(), String> {
    if pattern.len() > PATTERN {
        return Err(format!(
            "a regular expression of {} bytes, over the limit of {PATTERN}",
            pattern.len()
        ));
    }
    regex::RegexBuilder::new(pattern).size_limit(COMPILED).dfa_size_limit(COMPILED).build().map_err(|error| {
        match error {
            regex::Error::CompiledTooBig(limit) => {
                format!("the regular expression `{pattern}` needs more than {limit} bytes; make it simpler")
            }
            error => {
                let last = error.to_string().lines().last().unwrap_or("").trim().to_owned();
                format!("the regular expression `{pattern}` is not valid: {last}")
            }
        }
    })?;
    Ok(())
}

/// Puts the line in front in which `text` starts, where it can be told.
pub(crate) fn at_line(source: &str, text: &str, what: String) -> String {
    let first = text.lines().next().unwrap_or("");
    match source
        .lines()
        .position(|line| !first.is_empty() && line.contains(first))
    {
        Some(line) => format!("line {}: {what}", line + 1),
        None => what,
    }
}
