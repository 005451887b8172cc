//! How a doc comment is written down: its signs, and the text between them.

use syntax::Language;

/// The signs of a doc comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every line starts with these.
    Line(&'static str),
    /// Starts with these; every further line with ` *`.
    Block(&'static str),
    /// A string between these, the first thing in the body.
    Docstring(&'static str),
}

use Form::{Block, Docstring, Line};

/// The forms that document in a language, the usual one first; none where documentation is code (Elixir) or unknown.
pub(crate) fn forms(language: Language) -> &'static [Form] {
    match language {
        Language::Rust => &[Line("///"), Block("/**")],
        Language::Python => &[Docstring("\"\"\""), Docstring("'''")],
        Language::JavaScript | Language::TypeScript | Language::Tsx => &[Block("/**"), Line("//")],
        Language::Go => &[Line("//"), Block("/*")],
        Language::Java | Language::Kotlin | Language::Scala | Language::Php => &[Block("/**")],
        Language::C | Language::Cpp => &[
            Block("/**"),
            Line("///"),
            Line("//!"),
            Block("/*!"),
            Line("//"),
            Block("/*"),
        ],
        Language::CSharp | Language::Swift => &[Line("///"), Block("/**")],
        Language::Ruby | Language::Bash => &[Line("#")],
        Language::Lua => &[Line("---"), Line("--")],
        _ => &[],
    }
}

impl Form {
    /// The form of a comment that is there.
    pub(crate) fn of(language: Language, comment: &str) -> Option<Self> {
        let starts = |form: &Self| match form {
            Line(sign) | Block(sign) => comment.starts_with(sign),
            Docstring(quotes) => comment
                .trim_start_matches(['r', 'R', 'u', 'U'])
                .starts_with(quotes.get(..1).unwrap_or(quotes)),
        };
        if comment.starts_with("--[") {
            return None;
        }
        let found = forms(language).iter().filter(|form| starts(form));
        // `///` is no `//`, where both are known.
        let known = found.max_by_key(|form| form.signs().len()).copied()?;
        let is_plain = |more: &str| comment.starts_with(more) && known.signs().len() < more.len();
        let is_other = ["///", "//!", "/**"].into_iter().any(is_plain);
        (!is_other || language == Language::Go || language == Language::Bash).then_some(known)
    }

    /// The signs that it starts with.
    pub(crate) fn signs(self) -> &'static str {
        match self {
            Line(signs) | Block(signs) | Docstring(signs) => signs,
        }
    }

    /// The text alone.
    pub(crate) fn bare(self, comment: &str) -> String {
        let lines = comment.lines().map(str::trim);
        let lines: Vec<&str> = match self {
            Line(sign) => lines
                .map(|line| line.strip_prefix(sign).unwrap_or(line))
                .map(|line| line.strip_prefix(' ').unwrap_or(line))
                .collect(),
            Block(sign) => {
                let body = comment.trim().strip_prefix(sign).unwrap_or(comment).trim();
                let body = body.strip_suffix("*/").unwrap_or(body).trim();
                let lines = body.lines().map(str::trim);
                lines
                    .map(|line| match line.strip_prefix('*') {
                        Some(rest) => rest.strip_prefix(' ').unwrap_or(rest),
                        None => line,
                    })
                    .collect()
            }
            Docstring(_) => {
                let body = comment.trim_start_matches(['r', 'R', 'u', 'U']);
                let body = body.trim_matches(['"', '\'']).trim_matches('\n');
                return dedented(body);
            }
        };
        lines.join("\n").trim().to_owned()
    }
}

/// Without the indentation that all lines but the first share.
fn dedented(text: &str) -> String {
    let blank = |line: &&str| !line.trim().is_empty();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let shared = text.lines().skip(1).filter(blank).map(depth).min();
    let shared = shared.unwrap_or(0);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim();
    let rest = lines.map(|line| line.get(shared..).unwrap_or_default().trim_end());
    let all: Vec<&str> = std::iter::once(first).chain(rest).collect();
    all.join("\n").trim().to_owned()
}

/// How the project lays its comments out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) form: Form,
    /// One line of text stands between the signs on one line.
    pub(crate) short: bool,
    /// Longer text begins on the line below the opening signs.
    pub(crate) below: bool,
    /// Tags stand right behind the signs (`---@param`).
    pub(crate) tight: bool,
    /// Longest line, in characters, its indentation included.
    pub(crate) width: usize,
}

impl Layout {
    /// The usual one.
    pub(crate) fn usual(form: Form) -> Self {
        Self {
            form,
            short: matches!(form, Docstring(_)),
            below: matches!(form, Block(_)),
            tight: form == Line("---"),
            width: 80,
        }
    }

    /// The comment, each line indented, without a line's end behind it.
    pub(crate) fn render(&self, text: &str, indent: &str) -> String {
        let sign = match self.form {
            Line(sign) => sign.len() + 1,
            Block(_) => 3,
            Docstring(_) => 0,
        };
        let room = self.width.saturating_sub(indent.chars().count() + sign);
        let lines = wrapped(text, room.max(40));
        let line = |sign: &str, text: &str| match text.is_empty() {
            true => format!("{indent}{sign}").trim_end().to_owned(),
            false if self.tight && text.starts_with('@') => format!("{indent}{sign}{text}"),
            false if sign.is_empty() => format!("{indent}{text}"),
            false => format!("{indent}{sign} {text}"),
        };
        let all: Vec<String> = match self.form {
            Line(sign) => lines.iter().map(|text| line(sign, text)).collect(),
            Block(open) => match lines.as_slice() {
                [one] if self.short => vec![format!("{indent}{open} {one} */")],
                lines => {
                    let mut all = Vec::new();
                    let (first, rest) = match lines.split_first() {
                        Some((first, rest)) if !self.below => (format!("{open} {first}"), rest),
                        _ => (open.to_owned(), lines),
                    };
                    all.push(format!("{indent}{first}"));
                    all.extend(rest.iter().map(|text| line(" *", text)));
                    all.push(format!("{indent} */"));
                    all
                }
            },
            Docstring(quotes) => {
                // Backslashes would be read as escapes.
                let open = match text.contains('\\') {
                    true => format!("r{quotes}"),
                    false => quotes.to_owned(),
                };
                match lines.as_slice() {
                    [one] if self.short && !one.ends_with(['"', '\'']) => {
                        vec![format!("{indent}{open}{one}{quotes}")]
                    }
                    lines => {
                        let mut all = Vec::new();
                        let (first, rest) = match lines.split_first() {
                            Some((first, rest)) if !self.below && !first.starts_with('"') => {
                                (format!("{open}{first}"), rest)
                            }
                            _ => (open, lines),
                        };
                        all.push(format!("{indent}{first}"));
                        all.extend(rest.iter().map(|text| line("", text)));
                        all.push(format!("{indent}{quotes}"));
                        all
                    }
                }
            }
        };
        all.join("\n")
    }
}

/// Lines of at most `room` characters; what is broken goes on a little further in.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.chars().count() <= room {
            lines.push(line.to_owned());
            continue;
        }
        let lead: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let body = line.trim_start();
        let hang = match body.chars().next() {
            Some('@' | ':' | '\\') => "    ",
            Some('-' | '*') => "  ",
            _ => "",
        };
        let mut now = lead.clone();
        let mut is_first = true;
        for word in body.split(' ') {
            let is_blank = now.trim().is_empty();
            if !is_blank && now.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::replace(&mut now, format!("{lead}{hang}")));
                is_first = true;
            }
            if !std::mem::take(&mut is_first) {
                now.push(' ');
            }
            now.push_str(word);
        }
        lines.push(now);
    }
    lines
}
