//! Lines of text that name a place: compilers, linters, tests, tracebacks.
//!
//! A line is either complete in itself (`path:3:5: error: …`, `path(3,5): error …`) or one of two that belong together: the
//! place under its message (rustc, Python, JavaScript), or under the name of its file (ESLint). What was said last is
//! kept for the place that follows.

use base::Severity;

use super::Problem;

/// Characters of a line that are looked at.
const LONGEST: usize = 2_000;

/// Reads lines of text.
pub(super) fn parse(output: &str) -> Vec<Problem> {
    let mut reader = Reader::default();
    for line in output.lines() {
        match line.char_indices().nth(LONGEST) {
            Some((at, _)) => reader.line(&line[..at]),
            None => reader.line(line),
        }
    }
    reader.finish()
}

/// What was said and has no place yet.
#[derive(Default)]
struct Said {
    severity: Option<Severity>,
    code: String,
    message: String,
    is_test: bool,
}

#[derive(Default)]
struct Reader {
    found: Vec<Problem>,
    /// A message whose place comes on one of the next lines.
    said: Option<Said>,
    /// The file that lines without a name belong to (ESLint).
    file: Option<String>,
    /// A test that failed (`--- FAIL: TestA`, `● adds`), for the places in it.
    test: Option<String>,
    /// The last frame of a Python traceback, until its exception is named.
    frame: Option<(String, u32)>,
    /// What pytest puts before the place: `E   assert 1 == 2`.
    asserted: Vec<String>,
    /// A panic whose message is the next line.
    panicked: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if std::mem::take(&mut self.panicked) && !trimmed.is_empty() {
            if let Some(last) = self.found.last_mut() {
                last.message = format!("{}: {trimmed}", last.message);
            }
            return;
        }
        if trimmed.is_empty() {
            self.file = None;
            return;
        }
        let _ = self.rust(line)
            || self.python(line)
            || self.frames(trimmed)
            || self.go_or_named(trimmed)
            || self.eslint(line)
            || self.parenthesised(trimmed)
            || self.colons(trimmed);
    }

    fn finish(mut self) -> Vec<Problem> {
        // Nobody named a place for it.
        self.said = None;
        self.found
    }

    fn push(&mut self, path: &str, line: u32, column: u32, said: Said) {
        self.found.push(Problem {
            path: path.trim_start_matches("./").to_owned(),
            line,
            column,
            end: None,
            severity: said.severity.unwrap_or(Severity::Error),
            code: said.code,
            message: said.message,
            is_test: said.is_test,
        });
    }

    /// `error[E0308]: mismatched types` and `  --> src/a.rs:3:5`; `thread 'x' panicked at src/a.rs:3:5:`.
    fn rust(&mut self, line: &str) -> bool {
        if let Some(place) = line.trim_start().strip_prefix("--> ") {
            if let (Some((path, line, column)), Some(said)) = (split(place), self.said.take()) {
                self.push(path, line, column, said);
            }
            return true;
        }
        for (word, severity) in [("error", Severity::Error), ("warning", Severity::Warning)] {
            let Some(rest) = line.strip_prefix(word) else {
                continue;
            };
            let (code, message) = match rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once("]: "))
            {
                Some(parts) => parts,
                None => ("", rest.strip_prefix(": ").unwrap_or_default()),
            };
            if !message.is_empty() {
                self.said = Some(Said {
                    severity: Some(severity),
                    code: code.to_owned(),
                    message: message.to_owned(),
                    is_test: false,
                });
                return true;
            }
        }
        let Some((thread, place)) = line.split_once(" panicked at ") else {
            return false;
        };
        let name = thread.split('\'').nth(1).unwrap_or("main");
        let Some((path, line, column)) = split(place.trim_end_matches(':')) else {
            return false;
        };
        let said = Said {
            message: format!("`{name}` panicked"),
            is_test: true,
            ..Said::default()
        };
        self.push(path, line, column, said);
        self.panicked = true;
        true
    }

    /// pytest's `E   assert …` above `tests/test_a.py:3: AssertionError`, and tracebacks.
    fn python(&mut self, line: &str) -> bool {
        if let Some(said) = line.strip_prefix("E  ") {
            self.asserted.push(said.trim().to_owned());
            return true;
        }
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("File \"") {
            let Some((path, rest)) = rest.split_once("\", line ") else {
                return false;
            };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            self.frame = digits.parse().ok().map(|line| (path.to_owned(), line));
            return true;
        }
        if !self.asserted.is_empty()
            && let Some((path, number, rest)) = place_and_rest(line)
            && path.ends_with(".py")
        {
            let asserted = std::mem::take(&mut self.asserted);
            let said = Said {
                message: asserted.join("\n"),
                code: rest
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(':')
                    .to_owned(),
                is_test: true,
                ..Said::default()
            };
            self.push(path, number, 0, said);
            return true;
        }
        // The exception stands at the left edge, below its frames.
        if let Some((path, number)) = self.frame.clone() {
            if line.starts_with(' ') {
                return true;
            }
            self.frame = None;
            let name = line.split([':', ' ']).next().unwrap_or_default();
            if name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") {
                let said = Said {
                    message: line.to_owned(),
                    code: name.rsplit('.').next().unwrap_or_default().to_owned(),
                    is_test: true,
                    ..Said::default()
                };
                self.push(&path, number, 0, said);
                return true;
            }
        }
        false
    }

    /// Frames of JavaScript: `at f (src/a.test.js:3:5)`, `❯ src/a.test.ts:3:5`, below an `AssertionError: …` or `● test`.
    fn frames(&mut self, line: &str) -> bool {
        if let Some(test) = line.strip_prefix("● ") {
            self.test = Some(test.to_owned());
            self.said = Some(Said {
                message: test.to_owned(),
                is_test: true,
                ..Said::default()
            });
            return true;
        }
        let is_error = |name: &str| {
            name.ends_with("Error")
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        };
        if let Some((name, message)) = line.split_once(": ")
            && is_error(name)
        {
            self.said = Some(Said {
                message: message.to_owned(),
                code: name.to_owned(),
                is_test: true,
                ..Said::default()
            });
            return true;
        }
        let place = match (line.strip_prefix("at "), line.strip_prefix("❯ ")) {
            (Some(rest), _) => match rest.rsplit_once('(') {
                Some((_, place)) => place.trim_end_matches(')'),
                None => rest,
            },
            (_, Some(rest)) => rest.split_whitespace().next_back().unwrap_or_default(),
            _ => return false,
        };
        let place = place.strip_prefix("file://").unwrap_or(place);
        let foreign = place.contains("node_modules") || place.starts_with("node:");
        if let (Some((path, line, column)), false) = (split(place), foreign) {
            // Only the nearest frame of each error.
            if let Some(said) = self.said.take() {
                self.push(path, line, column, said);
            }
        }
        true
    }

    /// `--- FAIL: TestA (0.00s)`, then `a_test.go:7: message`.
    fn go_or_named(&mut self, line: &str) -> bool {
        if let Some(rest) = line.strip_prefix("--- FAIL: ") {
            self.test = rest.split_whitespace().next().map(str::to_owned);
            return true;
        }
        if line.starts_with("--- PASS: ") || line.starts_with("=== RUN") || line.starts_with("ok  ")
        {
            self.test = None;
            return true;
        }
        let Some(test) = self.test.clone() else {
            return false;
        };
        let Some((path, number, message)) = place_and_rest(line) else {
            return false;
        };
        if !path.ends_with("_test.go") {
            return false;
        }
        let said = Said {
            message: format!("{test}: {}", message.trim()),
            is_test: true,
            ..Said::default()
        };
        self.push(path, number, 0, said);
        true
    }

    /// A path on a line of its own, then `  3:5  error  message  rule`.
    fn eslint(&mut self, line: &str) -> bool {
        if !line.starts_with(' ') {
            let is_path = (line.contains('/') || line.contains('\\'))
                && !line.contains(' ')
                && !line.ends_with(':');
            if is_path && split(line).is_none() {
                self.file = Some(line.to_owned());
                return true;
            }
            return false;
        }
        let Some(file) = self.file.clone() else {
            return false;
        };
        let mut words = line.split_whitespace();
        let place = words.next().unwrap_or_default();
        let Some((row, column)) = place.split_once(':') else {
            return false;
        };
        let (Ok(row), Ok(column)) = (row.parse(), column.parse()) else {
            return false;
        };
        let severity = match words.next() {
            Some("error") => Severity::Error,
            Some("warning") => Severity::Warning,
            _ => return false,
        };
        let mut rest: Vec<&str> = words.collect();
        let is_rule =
            |word: &&str| word.contains(['-', '/']) || word.chars().all(|c| c.is_ascii_lowercase());
        let code = rest
            .pop_if(|last| is_rule(&&**last))
            .unwrap_or_default()
            .to_owned();
        let said = Said {
            severity: Some(severity),
            code,
            message: rest.join(" "),
            is_test: false,
        };
        self.push(&file, row, column, said);
        true
    }

    /// `src/a.ts(3,5): error TS2322: message`, as tsc and MSBuild write it; `[ERROR] a/B.java:[3,5] message` of Maven.
    fn parenthesised(&mut self, line: &str) -> bool {
        let marked = |mark| line.strip_prefix(mark);
        let (line, usual) = match (marked("[ERROR] "), marked("[WARNING] ")) {
            (Some(rest), _) => (rest, Severity::Error),
            (_, Some(rest)) => (rest, Severity::Warning),
            _ => (line, Severity::Hint),
        };
        let maven = line
            .split_once(":[")
            .and_then(|(path, rest)| Some((path, rest.split_once(']')?)));
        let plain = || {
            line.split_once('(')
                .and_then(|(path, rest)| Some((path, rest.split_once("): ")?)))
        };
        let Some((path, (place, rest))) = maven.or_else(plain) else {
            return false;
        };
        let mut numbers = place.split(',').map(|number| number.trim().parse::<u32>());
        let Some(Ok(row)) = numbers.next() else {
            return false;
        };
        let column = numbers.next().and_then(Result::ok).unwrap_or(0);
        if path.is_empty() || path.contains(' ') && !path.contains(['/', '\\']) {
            return false;
        }
        let mut said = judged(rest);
        said.severity = said.severity.max(Some(usual));
        self.push(path, row, column, said);
        true
    }

    /// `path:3:5: error: message [-Wcode]`, and all that looks like it.
    fn colons(&mut self, line: &str) -> bool {
        // `vet: ./a.go:3:5: message`
        let line = line.strip_prefix("vet: ").unwrap_or(line);
        let Some((path, row, rest)) = place_and_rest(line) else {
            return false;
        };
        // `3:5: message`, `3:5 - error TS1: message`
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let (column, after) = rest.split_at(digits.unwrap_or(rest.len()));
        let after = after
            .strip_prefix(':')
            .or_else(|| after.strip_prefix(" - "));
        let (column, message) = match (column.parse(), after) {
            (Ok(column), Some(message)) => (column, message),
            _ => (0, rest),
        };
        let is_name = path.contains(['.', '/', '\\'])
            && !path.contains("://")
            && !path.starts_with(['"', '\'', '(']);
        if !is_name
            || message.trim().is_empty()
            || (path.contains(' ') && !path.starts_with(['/', '.']))
        {
            return false;
        }
        let said = judged(message);
        // Notes belong to what was said before.
        if said.severity == Some(Severity::Hint) {
            if let Some(last) = self.found.last_mut() {
                last.message
                    .push_str(&format!("\n{path}:{row}: {}", said.message));
            }
            return true;
        }
        self.push(path, row, column, said);
        true
    }
}

/// `path:3:5`.
fn split(place: &str) -> Option<(&str, u32, u32)> {
    let place = place.trim();
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    if let Some((path, row)) = rest.rsplit_once(':')
        && let Ok(row) = row.parse()
    {
        return Some((path, row, last));
    }
    Some((rest, last, 0))
}

/// `path:3: rest`, where the path may begin with a drive.
fn place_and_rest(line: &str) -> Option<(&str, u32, &str)> {
    let line = line.trim();
    let drive = line
        .get(1..3)
        .is_some_and(|two| two == ":\\" || two == ":/");
    let from = if drive { 2 } else { 0 };
    let colon = line.get(from..)?.find(':')? + from;
    let (path, rest) = (&line[..colon], &line[colon + 1..]);
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..digits].parse().ok()?;
    let rest = rest[digits..].strip_prefix(':')?;
    (!path.is_empty()).then_some((path, number, rest))
}

/// What stands behind a place: a severity, a code, a message.
fn judged(text: &str) -> Said {
    let text = text.trim();
    let known: &[(&str, Severity)] = &[
        ("fatal error", Severity::Error),
        ("error", Severity::Error),
        ("ERROR", Severity::Error),
        ("E", Severity::Error),
        ("F", Severity::Error),
        ("warning", Severity::Warning),
        ("WARNING", Severity::Warning),
        ("W", Severity::Warning),
        ("C", Severity::Warning),
        ("R", Severity::Info),
        ("info", Severity::Info),
        ("note", Severity::Hint),
        ("help", Severity::Hint),
    ];
    let mut severity = None;
    let mut code = String::new();
    let mut message = text;
    for (word, meant) in known {
        let Some(rest) = text.strip_prefix(word) else {
            continue;
        };
        // `error: …`, `error TS2322: …`
        if let Some(rest) = rest.strip_prefix(':') {
            (severity, message) = (Some(*meant), rest.trim());
            break;
        }
        if let Some((name, rest)) = rest
            .strip_prefix(' ')
            .and_then(|rest| rest.split_once(": "))
            && word.len() > 1
            && is_code(name)
        {
            (severity, message, code) = (Some(*meant), rest.trim(), name.to_owned());
            break;
        }
    }
    let (rest, found) = trailing_code(message);
    message = rest;
    if code.is_empty() {
        code = found.to_owned();
    }
    if code.is_empty()
        && severity.is_none()
        && let Some((first, rest)) = message.split_once(' ')
        && is_code(first.trim_end_matches(':'))
    {
        // `E501 line too long`
        (message, code) = (rest, first.trim_end_matches(':').to_owned());
    }
    Said {
        severity: severity.or(Some(Severity::Warning)),
        code,
        message: message.to_owned(),
        is_test: false,
    }
}

/// A code at the end, in brackets: `[-Wunused]`, `[arg-type]`.
fn trailing_code(message: &str) -> (&str, &str) {
    let Some((rest, code)) = message
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once('['))
    else {
        return (message, "");
    };
    let named = code.trim_start_matches("-W");
    let is_word = !named.is_empty()
        && named
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '='));
    match is_word {
        true => (rest.trim_end(), named),
        // MSBuild ends each line with its project.
        false if code.ends_with("proj") => (rest.trim_end(), ""),
        false => (message, ""),
    }
}

/// Letters, then digits: `TS2322`, `E501`, `CS1002`.
fn is_code(word: &str) -> bool {
    let letters = word.chars().take_while(|c| c.is_ascii_uppercase()).count();
    let digits = word.chars().skip(letters);
    (1..=5).contains(&letters)
        && word.len() > letters
        && digits.clone().count() <= 6
        && digits.into_iter().all(|c| c.is_ascii_digit())
}
