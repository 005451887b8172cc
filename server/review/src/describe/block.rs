//! The marked block: the only bytes of a description that are ours.
//!
//! A block begins with a line `<!-- obelus:begin -->` (or `<!-- obelus:begin NAME -->` for one section) and ends with
//! `<!-- obelus:end -->`. What lies between is replaced; every other byte stays as it was, whatever line endings it has.
//! A marker without its partner is text of the author's.

use std::ops::Range;

const BEGIN: &str = "<!-- obelus:begin";
const END: &str = "<!-- obelus:end -->";

/// A well-formed block in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The section it is for; empty for all that have no block of their own.
    pub(crate) name: String,
    /// What is between the markers, line ends included.
    pub(crate) inner: Range<usize>,
}

/// The blocks of `text`, in order; of two with one name only the first.
pub(crate) fn find(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find("<!-- obelus:")) {
        let here = at + next;
        let rest = &text[here..];
        at = here + 1;
        if let Some(after) = rest.strip_prefix(BEGIN) {
            // A second beginning makes the first one text.
            open = None;
            if let Some((name, _)) = after.split_once("-->") {
                let start = here + BEGIN.len() + name.len() + "-->".len();
                let fits =
                    name.starts_with(' ') && name.len() <= 24 && !name.contains(['\n', '<', '\r']);
                open = fits.then(|| (name.trim().to_owned(), start));
            }
        } else if rest.starts_with(END)
            && let Some((name, start)) = open.take()
            && blocks.iter().all(|block| block.name != name)
        {
            blocks.push(Block {
                name,
                inner: start..here,
            });
        }
    }
    blocks
}

/// `text` with the inside of the block called `name` replaced; `None` where there is no such block.
pub(crate) fn replace(text: &str, name: &str, content: &str) -> Option<String> {
    let block = find(text).into_iter().find(|block| block.name == name)?;
    let ending = line_ending(text);
    let mut out = String::with_capacity(text.len() + content.len());
    out.push_str(text.get(..block.inner.start)?);
    out.push_str(&inside(content, ending));
    out.push_str(text.get(block.inner.end..)?);
    Some(out)
}

/// A new block around `content`.
pub(crate) fn wrap(name: &str, content: &str, ending: &str) -> String {
    let space = if name.is_empty() { "" } else { " " };
    format!("{BEGIN}{space}{name} -->{}{END}", inside(content, ending))
}

/// `text` with a new block after all of it.
pub(crate) fn append(text: &str, content: &str) -> String {
    let ending = line_ending(text);
    let gap = match text {
        "" => String::new(),
        text if text.ends_with(&ending.repeat(2)) => String::new(),
        text if text.ends_with('\n') => ending.to_owned(),
        _ => ending.repeat(2),
    };
    format!("{text}{gap}{}{ending}", wrap("", content, ending))
}

/// The line ending that a text begins with.
pub(crate) fn line_ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

fn inside(content: &str, ending: &str) -> String {
    let mut out = String::from(ending);
    for line in content.lines() {
        // Our own text never holds a marker: it would end the block early next time.
        out.push_str(&line.replace("<!-- obelus:", "<! -- obelus:"));
        out.push_str(ending);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{append, find, replace, wrap};

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let text = "mine\r\n<!-- obelus:begin -->\r\nold\r\n<!-- obelus:end -->\r\nmine too";
        assert_eq!(
            replace(text, "", "new\nlines").as_deref(),
            Some(
                "mine\r\n<!-- obelus:begin -->\r\nnew\r\nlines\r\n<!-- obelus:end -->\r\nmine too"
            )
        );
        assert_eq!(replace(text, "tests", "x"), None);
    }

    #[test]
    fn markers_without_a_partner_are_text() {
        for text in [
            "",
            "<!-- obelus:begin -->",
            "<!-- obelus:end --> <!-- obelus:begin -->",
            "<!-- obelus:begin\nx -->\n<!-- obelus:end -->",
        ] {
            assert!(find(text).is_empty(), "{text:?}");
            let grown = append(text, "x");
            assert!(grown.starts_with(text), "{grown:?}");
            assert_eq!(find(&grown).len(), 1, "{grown:?}");
        }
        let doubled = format!("{}\n{}", wrap("", "a", "\n"), wrap("", "b", "\n"));
        let changed = replace(&doubled, "", "c").expect("a block");
        assert!(
            changed.contains("\nc\n") && changed.contains("\nb\n") && !changed.contains("\na\n")
        );
        let nested = "<!-- obelus:begin -->\nkeep\n<!-- obelus:begin -->\nold\n<!-- obelus:end -->";
        assert_eq!(
            replace(nested, "", "new").as_deref(),
            Some("<!-- obelus:begin -->\nkeep\n<!-- obelus:begin -->\nnew\n<!-- obelus:end -->")
        );
    }
}
