//! Reads what `syntax` writes of an expression: a name or a type, then members, calls and elements.

/// An expression taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Chain<'a> {
    pub(super) head: Head<'a>,
    pub(super) steps: Vec<Step<'a>>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Head<'a> {
    Name(&'a str),
    /// `{Page}`.
    Instance(&'a str),
    /// `0:1@items.map`: the second parameter of the function that is the first argument.
    Callback {
        argument: usize,
        parameter: usize,
        callee: &'a str,
    },
}

#[derive(Debug, PartialEq, Clone, Copy)]
pub(super) enum Step<'a> {
    Member(&'a str),
    Call,
    Element(Option<usize>),
    Await,
}

/// Steps that are followed.
const MOST: usize = 16;

pub(super) fn read(text: &str) -> Option<Chain<'_>> {
    let text = text.trim().trim_start_matches(['&', '*', '!']).trim();
    let text = text.strip_prefix("mut ").unwrap_or(text);
    let (head, mut rest) = head(text)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() >= MOST {
            return None;
        }
        if let Some(after) = rest.strip_prefix("()") {
            steps.push(Step::Call);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']')?;
            steps.push(Step::Element(after[..end].parse().ok()));
            rest = &after[end + 1..];
        } else if rest.starts_with('<') || rest.starts_with("::<") {
            let open = rest.find('<')?;
            let length = closing(&rest[open..], '<', '>')?;
            rest = &rest[open + length..];
        } else if let Some(after) = separator(rest) {
            let end = name_end(after);
            if end == 0 {
                return None;
            }
            steps.push(match &after[..end] {
                "await" => Step::Await,
                name => Step::Member(name),
            });
            rest = &after[end..];
        } else {
            rest = rest.strip_prefix(['!', '?'])?;
        }
    }
    Some(Chain { head, steps })
}

fn head(text: &str) -> Option<(Head<'_>, &str)> {
    if text.starts_with('{') {
        let length = closing(text, '{', '}')?;
        return Some((Head::Instance(&text[1..length - 1]), &text[length..]));
    }
    if let Some((place, callee)) = text.split_once('@')
        && let Some((argument, parameter)) = place.split_once(':')
        && let (Ok(argument), Ok(parameter)) = (argument.parse(), parameter.parse())
    {
        // What follows belongs to the parameter only where it is taken apart, which is written after a space-free chain.
        let head = Head::Callback {
            argument,
            parameter,
            callee,
        };
        return Some((head, ""));
    }
    let end = name_end(text);
    (end > 0).then(|| (Head::Name(&text[..end]), &text[end..]))
}

fn separator(text: &str) -> Option<&str> {
    ["?.", "!.", ".", "::", "->", "?->"]
        .iter()
        .find_map(|sign| text.strip_prefix(sign))
}

fn name_end(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$' | '#' | '@'))
        .unwrap_or(text.len())
}

/// The length of what stands between a bracket and the one that closes it, with both.
pub(super) fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && before != '=' && before != '-' {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at + c.len_utf8());
            }
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Chain, Head, Step, read};

    #[test]
    fn chains_are_taken_apart() {
        use Step::{Await, Call, Element, Member};
        let check = |text, head, steps: &[Step<'static>]| {
            let steps = steps.to_vec();
            assert_eq!(read(text), Some(Chain { head, steps }), "{text}");
        };
        check(
            "this.page?.frames()[0].url!",
            Head::Name("this"),
            &[
                Member("page"),
                Member("frames"),
                Call,
                Element(Some(0)),
                Member("url"),
            ],
        );
        check(
            "{Map<string, Page>}.get()",
            Head::Instance("Map<string, Page>"),
            &[Member("get"), Call],
        );
        check("load().await", Head::Name("load"), &[Call, Await]);
        check(
            "Vec::<u8>::new()",
            Head::Name("Vec"),
            &[Member("new"), Call],
        );
        assert_eq!(read("a + b"), None);
        assert_eq!(read("(a"), None);
    }
}
