//! What a call passes and whether a definition takes it.

use base::{Parameter, Span, Text};

/// The longest list of arguments that is read, in bytes.
const MAX_LIST: usize = 4_000;

/// How many arguments a list of parameters takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arity {
    pub(crate) least: u32,
    /// `None` where any number is taken.
    pub(crate) most: Option<u32>,
}

impl Arity {
    pub(crate) fn of(parameters: &[Parameter]) -> Self {
        // `self: Pin<&mut Self>` is a receiver, however it is written.
        let is_receiver = |one: &&Parameter| {
            let of_self = one.of_type.as_ref().is_some_and(|it| it.contains("Self"));
            one.name == "self" || one.name.is_empty() && of_self
        };
        let counted = || parameters.iter().filter(|one| !is_receiver(one));
        let count = |wanted: &dyn Fn(&&Parameter) -> bool| {
            u32::try_from(counted().filter(wanted).count()).unwrap_or(u32::MAX)
        };
        Self {
            least: count(&|one| !one.optional && !one.variadic),
            most: (!parameters.iter().any(|one| one.variadic)).then(|| count(&|_| true)),
        }
    }

    pub(crate) fn takes(self, arguments: u32) -> bool {
        arguments >= self.least && self.most.is_none_or(|most| arguments <= most)
    }
}

/// The arguments of the call whose name ends at `name.end`, as written; `None` where no list follows or it does not end.
///
/// Brackets and quotes are matched, nothing else is understood, which holds for calls in every language that has them.
pub(crate) fn written(text: &Text, name: Span) -> Option<Vec<&str>> {
    let rest = text.as_str().get(name.end as usize..)?;
    let list = after_generics(rest)?.strip_prefix('(')?;
    let mut arguments = Vec::new();
    let (mut depth, mut start, mut quote) = (0u32, 0usize, None);
    let mut escaped = false;
    for (at, c) in list.char_indices().take_while(|(at, _)| *at < MAX_LIST) {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '"' | '`' => quote = Some(c),
            // A lifetime or a character: only a quote that closes soon is one.
            '\'' if closes_soon(&list[at + 1..]) => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ')' => {
                let last = list[start..at].trim();
                if !last.is_empty() {
                    arguments.push(last);
                }
                return Some(arguments);
            }
            ',' if depth == 0 => {
                arguments.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// Type arguments between a name and its list: `f::<T>(`, `f<T>(`.
fn after_generics(rest: &str) -> Option<&str> {
    let trimmed = rest.trim_start();
    let opened = trimmed.strip_prefix("::<").or(trimmed.strip_prefix('<'));
    match opened {
        Some(inner) => {
            let mut depth = 1u32;
            for (at, c) in inner.char_indices().take(300) {
                match c {
                    '<' => depth += 1,
                    '>' => depth -= 1,
                    ';' | '{' => return None,
                    _ => {}
                }
                if depth == 0 {
                    return Some(inner[at + 1..].trim_start());
                }
            }
            None
        }
        None => Some(trimmed),
    }
}

fn closes_soon(rest: &str) -> bool {
    rest.char_indices()
        .take_while(|(_, c)| *c != '\n')
        .take(200)
        .any(|(_, c)| c == '\'')
}

/// Whether a block follows the list, which Kotlin and Swift pass as one more argument.
pub(crate) fn has_block(text: &Text, name: Span) -> bool {
    let Some(arguments) = written(text, name) else {
        return false;
    };
    let whole = text.as_str();
    let end = arguments.last().map_or(name.end as usize, |last| {
        last.as_ptr() as usize - whole.as_ptr() as usize + last.len()
    });
    let rest = whole.get(end..).unwrap_or_default();
    rest.split_once(')')
        .is_some_and(|(_, after)| after.trim_start_matches(' ').starts_with('{'))
}

#[cfg(test)]
mod tests {
    use base::{Span, Text};

    use super::written;

    #[test]
    fn arguments_are_read_as_written() {
        for (call, expected) in [
            ("f()", Some(vec![])),
            ("f(a, b)", Some(vec!["a", "b"])),
            (
                "f(g(a, b), [c, d], {e: 1, f: 2})",
                Some(vec!["g(a, b)", "[c, d]", "{e: 1, f: 2}"]),
            ),
            ("f(\"a, b\", 'c, d')", Some(vec!["\"a, b\"", "'c, d'"])),
            ("f(a,\n  b,\n)", Some(vec!["a", "b"])),
            ("f::<T>(a)", Some(vec!["a"])),
            ("f<T, U>(a)", Some(vec!["a"])),
            ("f < b; g(c)", None),
            ("f(a", None),
            ("f", None),
            ("f = 3", None),
        ] {
            let text = Text::new(call);
            assert_eq!(written(&text, Span::new(0, 1)), expected, "{call}");
        }
    }
}
