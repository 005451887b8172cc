//! Writes the comment that silences a rule at one place.
//!
//! The comment is tried in memory first: only an edit after which the finding is in fact silenced, and which adds no
//! syntax error, is offered. So nothing is ever written into the middle of a string or between tags.

use std::time::Duration;

use base::{Edit, Finding, Span, Text};
use syntax::Tree;

use crate::document::Document;
use crate::suppress;

const DEADLINE: Duration = Duration::from_secs(1);

/// The edit that puts `obelus: allow(RULE) why` above the finding, as a comment in the file's language; `None` where
/// the language has no comments or no place for one.
pub fn edit(document: &Document, finding: &Finding, why: &str) -> Option<Edit> {
    let text = document.text();
    if text.is_lossy() || *document.path() != finding.path || text.slice(finding.span).is_none() {
        return None;
    }
    let why = one_line(why);
    let syntaxes = match document.language() {
        Some(language) => comment_syntax(language.name()),
        None => by_name(finding.path.file_name()),
    };
    let line = text.lines().line_of(finding.span.start);
    let content = text.line(line)?;
    let start = text.lines().line_start(line) as usize;
    let indent = &content[..content.len() - content.trim_start().len()];
    let ending = match text.as_str()[start..].find('\n') {
        Some(at) if text.as_str()[..start + at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let comment = |(open, close): &(&str, &str)| {
        let close = if close.is_empty() {
            String::new()
        } else {
            format!(" {close}")
        };
        format!("{open} obelus: allow({}) {why}{close}", finding.rule)
    };
    let above = syntaxes
        .iter()
        .map(|syntax| (start, format!("{indent}{}{ending}", comment(syntax))));
    let behind = syntaxes
        .iter()
        .map(|syntax| (start + content.len(), format!(" {}", comment(syntax))));
    let (at, new_text) = above
        .chain(behind)
        .find(|(at, comment)| silences(document, finding, *at, comment))?;
    Some(Edit {
        path: finding.path.clone(),
        span: Span::new(at, at),
        replaces: String::new(),
        new_text,
    })
}

/// How comments are written in a language, the usual way first: what opens and what closes one.
pub(crate) fn comment_syntax(language: &str) -> &'static [(&'static str, &'static str)] {
    match language {
        "rust" | "go" | "java" | "c" | "cpp" | "csharp" | "kotlin" | "swift" | "scala" => {
            &[("//", ""), ("/*", "*/")]
        }
        // The last for JSX, between tags.
        "javascript" | "typescript" | "tsx" => &[("//", ""), ("/*", "*/"), ("{/*", "*/}")],
        "php" => &[("//", ""), ("/*", "*/")],
        "python" | "ruby" | "bash" | "elixir" | "yaml" | "toml" | "hcl" | "dockerfile" => {
            &[("#", "")]
        }
        "lua" | "sql" => &[("--", "")],
        "css" => &[("/*", "*/")],
        "html" | "markdown" => &[("<!--", "-->")],
        _ => &[],
    }
}

/// The same by file name, for files without a grammar.
fn by_name(name: &str) -> &'static [(&'static str, &'static str)] {
    let name = name.to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "env" | "sh" | "zsh" | "fish" | "pl" | "pm" | "r" | "jl" | "nix" | "conf" | "cfg"
        | "properties" | "mk" | "cmake" | "tcl" | "gitignore" | "editorconfig" | "nim" | "cr"
        | "graphql" | "gql" => &[("#", "")],
        "dart" | "zig" | "groovy" | "gradle" | "proto" | "scss" | "less" | "sol" | "m" | "mm"
        | "fs" | "v" | "d" => &[("//", "")],
        "hs" | "elm" | "adb" | "ads" | "vhd" | "vhdl" => &[("--", "")],
        "ini" | "clj" | "cljs" | "lisp" | "el" | "scm" | "asm" | "s" => &[(";", "")],
        "erl" | "hrl" | "tex" => &[("%", "")],
        "xml" | "svg" | "vue" | "svelte" | "xhtml" => &[("<!--", "-->")],
        _ if name.starts_with(".env") || name.starts_with("makefile") || name == ".npmrc" => {
            &[("#", "")]
        }
        _ => &[],
    }
}

/// Whether the text with `comment` at `at` silences the finding and has no new syntax error.
fn silences(document: &Document, finding: &Finding, at: usize, comment: &str) -> bool {
    let old = document.text();
    let (Some(before), Some(after)) = (old.as_str().get(..at), old.as_str().get(at..)) else {
        return false;
    };
    let new = Text::new(format!("{before}{comment}{after}"));
    let tree = match document.language() {
        None => None,
        Some(language) => {
            let trees = (
                document.tree(DEADLINE),
                Tree::parse(language, &new, DEADLINE),
            );
            let (Ok(Some(old)), Ok(new)) = trees else {
                return false;
            };
            if new.errors() > old.errors() {
                return false;
            }
            Some(new)
        }
    };
    // The finding's place in the new text: what was inserted at or before it moved it.
    let mut moved = finding.clone();
    if at <= finding.span.start as usize {
        moved.span = Span::new(
            finding.span.start as usize + comment.len(),
            finding.span.end as usize + comment.len(),
        );
    }
    let mut allows = suppress::allows(&new, tree.as_ref());
    suppress::silence(&mut allows, &mut vec![moved], &new) == 1
}

/// A reason that cannot end its comment or start another line.
fn one_line(why: &str) -> String {
    let words: Vec<&str> = why
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").replace("*/", "* /").replace("-->", "-- >")
}

#[cfg(test)]
mod tests {
    use base::memory::MemoryRepo;
    use base::{RelPath, Text};
    use std::sync::Arc;

    use super::edit;
    use crate::{Document, Engine, Layers, Trust, check};

    fn allowed(path: &str, text: &str, why: &str) -> Option<String> {
        let engine = Engine::open(
            Arc::new(MemoryRepo::default()),
            Layers::default(),
            Trust::None,
        )
        .expect("an engine");
        let document = Document::new(RelPath::new(path).expect("a path"), Text::new(text));
        let found = check(&engine, &document, None);
        let edit = edit(&document, found.findings.first().expect("a finding"), why)?;
        let at = edit.span.start as usize;
        let after = format!("{}{}{}", &text[..at], edit.new_text, &text[at..]);
        let again = check(
            &engine,
            &Document::new(document.path().clone(), Text::new(after.as_str())),
            None,
        );
        assert!(
            again.findings.is_empty() && again.suppressed == 1,
            "not silenced in {after:?}: {again:?}"
        );
        Some(after)
    }

    #[test]
    fn the_comment_is_written_in_the_files_own_way() {
        for (path, expected) in [
            (
                "a.conf",
                "  # obelus: allow(text/invisible-unicode) on purpose\n  a\u{200b}b\n",
            ),
            (
                "a.dart",
                "  // obelus: allow(text/invisible-unicode) on purpose\n  a\u{200b}b\n",
            ),
            (
                "a.xml",
                "  <!-- obelus: allow(text/invisible-unicode) on purpose -->\n  a\u{200b}b\n",
            ),
        ] {
            assert_eq!(
                allowed(path, "  a\u{200b}b\n", "on purpose").as_deref(),
                Some(expected),
                "{path}"
            );
        }
        assert_eq!(allowed("a.unknown", "a\u{200b}b\n", "x"), None);
    }

    #[test]
    fn line_endings_and_hostile_reasons_are_kept_in_their_place() {
        let text = "x\r\na\u{200b}b\r\n";
        let expected = "x\r\n# obelus: allow(text/invisible-unicode) two lines\r\na\u{200b}b\r\n";
        assert_eq!(
            allowed("a.conf", text, "two\nlines").as_deref(),
            Some(expected)
        );
        let expected = "<!-- obelus: allow(text/invisible-unicode) a -- > b -->\na\u{200b}b";
        assert_eq!(
            allowed("a.xml", "a\u{200b}b", "a --> b").as_deref(),
            Some(expected)
        );
    }
}
