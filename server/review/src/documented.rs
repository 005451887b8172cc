//! Which parameters a doc comment speaks of, whatever style it is written in.
//!
//! Read from the text alone: `@param`, `:param`, `<param>`, and the lists of Google's, NumPy's, Rust's and Swift's styles.

/// The parameters that a comment or docstring describes, each with the offset of its name.
///
/// Known are `@param name`, `@param {type} name`, `\param name`, `:param type name:`, `<param name="name">`, the `Args:`
/// of Google's style, the `Parameters` of NumPy's and `# Arguments` of Rust's.
pub(crate) fn documented(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let mut list: Option<(Style, usize)> = None;
    let mut before = "";
    for line in text.lines() {
        let body = line.trim_start().trim_start_matches(['/', '*', '!', '#']);
        let indent = line.len() - line.trim_start().len();
        let body = if line.trim_start().starts_with("//") || line.trim_start().starts_with('*') {
            body.strip_prefix(' ').unwrap_or(body)
        } else {
            line.trim_start()
        };
        let said = body.trim();
        if let Some(name) = tagged(said) {
            found.push((name, offset(name)));
            list = None;
        } else if let Some((style, depth)) = list {
            match style {
                _ if said.is_empty() && style != Style::Google => {}
                Style::Google if !said.is_empty() && indent <= depth => list = None,
                Style::Google if indent == depth + 4 || indent == depth + 2 => {
                    let name = first_name(said);
                    let rest = said.get(name.len()..).unwrap_or_default().trim_start();
                    if !name.is_empty() && (rest.starts_with(':') || rest.starts_with('(')) {
                        found.push((name, offset(name)));
                    }
                }
                Style::Numpy if said.starts_with("---") => {}
                Style::Numpy if indent == depth => {
                    let name = first_name(said);
                    let rest = said.get(name.len()..).unwrap_or_default().trim_start();
                    if rest.starts_with(':') || rest.is_empty() {
                        found.push((name, offset(name)));
                    } else {
                        list = None;
                    }
                }
                Style::Rust => match said.strip_prefix(['*', '-']).map(str::trim_start) {
                    Some(item) => {
                        let name = first_name(item.trim_start_matches('`'));
                        if !name.is_empty() {
                            found.push((name, offset(name)));
                        }
                    }
                    None if said.starts_with('#') => list = None,
                    None => {}
                },
                Style::Google | Style::Numpy => {}
            }
            // A section of NumPy's ends where the next heading is underlined.
            if style == Style::Numpy && said.starts_with("---") && before != "Parameters" {
                found.pop();
                list = None;
            }
        }
        match said {
            "Args:" | "Arguments:" | "Parameters:" | "Params:" => {
                list = Some((Style::Google, indent))
            }
            "Parameters" => list = Some((Style::Numpy, indent)),
            "# Arguments" | "# Parameters" => list = Some((Style::Rust, indent)),
            _ => {}
        }
        before = said;
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Google,
    Numpy,
    Rust,
}

/// The name that a line with a tag describes.
fn tagged(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("<param name=\"") {
        return Some(first_name(rest)).filter(|name| !name.is_empty());
    }
    if let Some(rest) = line.strip_prefix(":param ") {
        let (names, _) = rest.split_once(':')?;
        let name = first_name(names.trim().rsplit(' ').next()?.trim_start_matches('*'));
        return Some(name).filter(|name| !name.is_empty());
    }
    let rest = line
        .strip_prefix("@param")
        .or_else(|| line.strip_prefix("\\param"))?;
    let mut rest = rest.trim_start();
    for (open, close) in [('{', '}'), ('[', ']')] {
        if rest.starts_with(open) {
            // `[name=default]` is an optional parameter of JSDoc, `[in]` a direction of Doxygen.
            let inner = rest.get(1..)?;
            let (inside, after) = inner.split_once(close)?;
            let is_direction = matches!(inside, "in" | "out" | "in,out" | "in, out");
            if open == '[' && !is_direction {
                return Some(first_name(inside)).filter(|name| !name.is_empty());
            }
            rest = after.trim_start();
        }
    }
    if let Some(at) = rest.find('$') {
        rest = rest.get(at + 1..)?;
    } else if rest.starts_with('[') {
        rest = rest.get(1..)?;
    }
    let name = first_name(rest);
    // `options.name` describes a part of a parameter.
    let is_part = rest
        .get(name.len()..)
        .is_some_and(|tail| tail.starts_with('.'));
    Some(name).filter(|name| !name.is_empty() && !is_part)
}

fn first_name(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// `$name` of PHP, `_name` of those that are not used.
pub(crate) fn plain(name: &str) -> &str {
    name.trim_start_matches(['$', '_', '*', '&'])
}

#[cfg(test)]
mod tests {
    use super::documented;

    #[test]
    fn every_style_of_documentation_is_read() {
        for (text, expected) in [
            (
                "/**\n * @param path where\n * @param {string} zone which\n * @param [mode=1] how\n * @param options.x no\n */",
                vec!["path", "zone", "mode"],
            ),
            ("/// \\param[in] path where", vec!["path"]),
            ("/** @param string $path where */\n", vec![]),
            (" * @param string $path where", vec!["path"]),
            ("/// <param name=\"path\">where</param>", vec!["path"]),
            (
                "\"\"\"Loads.\n\n    :param path: where\n    :param str zone: which\n    \"\"\"",
                vec!["path", "zone"],
            ),
            (
                "\"\"\"Loads.\n\n    Args:\n        path: where\n            it is\n        zone (str): which\n\n    Returns:\n        rates: all\n    \"\"\"",
                vec!["path", "zone"],
            ),
            (
                "\"\"\"Loads.\n\n    Parameters\n    ----------\n    path : str\n        Where.\n    zone\n        Which.\n\n    Returns\n    -------\n    rates : list\n    \"\"\"",
                vec!["path", "zone"],
            ),
            (
                "/// Loads.\n///\n/// # Arguments\n///\n/// * `path` - where\n/// * `zone` - which\n///\n/// # Errors\n/// * `never`",
                vec!["path", "zone"],
            ),
            ("# Loads the rates of path.", vec![]),
        ] {
            let seen: Vec<&str> = documented(text).into_iter().map(|(name, _)| name).collect();
            assert_eq!(seen, expected, "{text}");
            for (name, at) in documented(text) {
                assert_eq!(&text[at..at + name.len()], name);
            }
        }
    }
}
