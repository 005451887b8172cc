//! Faults in bodies, tests and manifests: lines that are taken out, loosened, copied.

use base::search::Index;
use base::{RelPath, SymbolKind};

use crate::clone::Clone;
use crate::copies;
use crate::faults::{Against, Fault, SourceFile, fault, is_aside, is_callable};

/// Makes one kind of fault in a file; `None` where there is no place for it.
type Maker = fn(&SourceFile) -> Option<String>;

pub(crate) fn make(clone: &Clone, files: &[SourceFile]) -> Vec<Fault> {
    let makers: [(&str, Maker); 6] = [
        ("close-removed", closed),
        ("error-check-removed", error_check),
        ("guard-removed", guard),
        ("await-removed", awaited),
        ("arm-removed", arm),
        ("comparison-loosened", comparison),
    ];
    let mut faults: Vec<Fault> = Vec::new();
    for file in files {
        for (kind, make) in makers {
            if faults.iter().all(|made| made.kind != kind)
                && let Some(new) = make(file)
            {
                let what = format!("{}: {}", file.path, first_difference(&file.text, &new));
                faults.push(fault(kind, file, new, what, []));
            }
        }
        if faults.iter().all(|made| made.kind != "variant-added") {
            faults.extend(variant(clone, file));
        }
        if faults.iter().all(|made| made.kind != "near-copy") {
            faults.extend(copies::copied(file, files));
        }
    }
    faults
}

fn first_difference(old: &str, new: &str) -> String {
    old.lines()
        .zip(new.lines())
        .find(|(a, b)| a != b)
        .map(|(a, _)| a.trim().chars().take(100).collect())
        .unwrap_or_default()
}

/// `text` without lines `from..to`.
fn without(text: &str, from: usize, to: usize) -> String {
    text.split_inclusive('\n')
        .enumerate()
        .filter(|(at, _)| !(from..to).contains(at))
        .map(|(_, line)| line)
        .collect()
}

/// `text` with line `at` replaced.
fn with_line(text: &str, at: usize, new: &str) -> String {
    text.split_inclusive('\n')
        .enumerate()
        .map(|(line, old)| {
            if line == at {
                format!("{new}\n")
            } else {
                old.to_owned()
            }
        })
        .collect()
}

fn is_leaving(line: &str) -> bool {
    ["return", "raise", "throw", "panic!", "continue"]
        .iter()
        .any(|word| line.trim_start().starts_with(word))
}

fn error_check(file: &SourceFile) -> Option<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    match file.language.name() {
        "go" => {
            let at = (0..lines.len().saturating_sub(2)).find(|at| {
                lines[*at].trim() == "if err != nil {"
                    && lines[at + 1].trim_start().starts_with("return")
                    && lines[at + 2].trim() == "}"
            })?;
            Some(without(&file.text, at, at + 3))
        }
        "rust" => {
            let at = lines.iter().position(|line| {
                let line = line.trim();
                line.ends_with(")?;") && !line.contains('=') && !line.starts_with(['.', '/', ')'])
            })?;
            let line = lines[at];
            Some(with_line(
                &file.text,
                at,
                &format!("{}.ok();", line.strip_suffix("?;")?),
            ))
        }
        "javascript" | "typescript" | "tsx" => {
            let at = (0..lines.len().saturating_sub(2)).find(|at| {
                let line = lines[*at].trim();
                (line.starts_with("if (err)") || line.starts_with("if (error)"))
                    && line.ends_with('{')
                    && is_leaving(lines[at + 1])
                    && lines[at + 2].trim() == "}"
            })?;
            Some(without(&file.text, at, at + 3))
        }
        _ => None,
    }
}

fn guard(file: &SourceFile) -> Option<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let leaves = |line: &str| {
        let line = line.trim_start();
        line.starts_with("raise ") || line.starts_with("throw ") || line.starts_with("return Err(")
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let at = (0..lines.len().saturating_sub(3)).find(|at| {
        let line = lines[*at].trim();
        let opens =
            line.starts_with("if ") && !lines[at.saturating_sub(1)].trim().ends_with("else");
        let closed = match file.language.name() {
            "python" => {
                line.ends_with(':')
                    && !lines[at + 2].trim().is_empty()
                    && indent(lines[at + 2]) == indent(lines[*at])
                    && !lines[at + 2].trim().starts_with("el")
            }
            "go" => false,
            _ => line.ends_with('{') && lines[at + 2].trim() == "}",
        };
        opens && closed && leaves(lines[at + 1])
    })?;
    let length = if file.language.name() == "python" {
        2
    } else {
        3
    };
    Some(without(&file.text, at, at + length))
}

/// The line that ends what the function began, where two others do the same.
fn closed(file: &SourceFile) -> Option<String> {
    const PAIRS: &[(&str, &str)] = &[
        ("open(", "close("),
        ("Lock(", "Unlock("),
        ("lock(", "unlock("),
        ("acquire(", "release("),
        ("subscribe(", "unsubscribe("),
        ("begin(", "end("),
        ("start(", "stop("),
    ];
    if matches!(file.language.name(), "rust" | "cpp") {
        return None;
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let calls = |line: &str, name: &str| {
        line.match_indices(name)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    for definition in &file.outline.outline.definitions {
        if !is_callable(definition) || definition.is_test {
            continue;
        }
        let line_of = |at: u32| file.text[..at as usize].matches('\n').count();
        let (from, to) = (
            line_of(definition.signature.end),
            line_of(definition.span.end),
        );
        for (begin, end) in PAIRS {
            let inside = || {
                (from + 1..to.min(lines.len()))
                    .filter(|at| !lines[*at].trim_start().starts_with(['#', '/', '*']))
            };
            let begins = inside().filter(|at| calls(lines[*at], begin)).count();
            let ends: Vec<usize> = inside().filter(|at| calls(lines[*at], end)).collect();
            if let ([at], 1) = (ends.as_slice(), begins)
                && lines[*at].trim_end().ends_with([')', ';'])
                && !lines[*at].contains("return")
                && !lines[at - 1].trim_end().ends_with(['{', ':', '('])
            {
                return Some(without(&file.text, *at, at + 1));
            }
        }
    }
    None
}

fn awaited(file: &SourceFile) -> Option<String> {
    if !matches!(
        file.language.name(),
        "python" | "javascript" | "typescript" | "tsx"
    ) {
        return None;
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let called = |line: &str| -> Option<String> {
        let rest = line.trim().strip_prefix("await ")?;
        let name = rest.split('(').next()?.rsplit('.').next()?;
        (rest.contains('(') && name.len() > 3).then(|| format!("{name}("))
    };
    let at = lines.iter().position(|line| {
        called(line).is_some_and(|name| {
            let awaits = lines
                .iter()
                .filter(|other| other.contains("await ") && other.contains(&name));
            awaits.count() >= 3
        })
    })?;
    let line = lines[at];
    Some(with_line(&file.text, at, &line.replacen("await ", "", 1)))
}

/// One of at least four cases, where nothing catches the rest.
fn arm(file: &SourceFile) -> Option<String> {
    if !matches!(
        file.language.name(),
        "go" | "typescript" | "tsx" | "javascript" | "java" | "c" | "cpp" | "csharp"
    ) {
        return None;
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    for (open, line) in lines.iter().enumerate() {
        if !line.trim_start().starts_with("switch ") || !line.ends_with('{') {
            continue;
        }
        let close = (open + 1..lines.len())
            .find(|at| indent(lines[*at]) <= indent(line) && lines[*at].trim().starts_with('}'))?;
        let inside = open + 1..close;
        let deepest = inside
            .clone()
            .find(|at| lines[*at].trim_start().starts_with("case "))
            .map(|at| indent(lines[at]));
        let cases: Vec<usize> = inside
            .clone()
            .filter(|at| {
                lines[*at].trim_start().starts_with("case ") && Some(indent(lines[*at])) == deepest
            })
            .collect();
        let has_default = inside
            .clone()
            .any(|at| lines[at].trim_start().starts_with("default"));
        if let [_, second, third, _, ..] = cases.as_slice()
            && !has_default
            && third - second >= 2
            && !lines[second - 1].trim_start().starts_with("case ")
        {
            return Some(without(&file.text, *second, *third));
        }
    }
    None
}

fn comparison(file: &SourceFile) -> Option<String> {
    let shapes = [
        "len(", ".len()", ".length", ".size()", ".Length", ".Count", "count(",
    ];
    let lines: Vec<&str> = file.text.lines().collect();
    let at = lines.iter().position(|line| {
        line.split_once(" < ").is_some_and(|(_, right)| {
            let bound = right
                .split([';', ')', '{', ' ', ':'])
                .next()
                .unwrap_or_default();
            (line.contains("for ") || line.contains("while ") || line.contains("if "))
                && !line.trim_start().starts_with(['/', '*', '#'])
                && shapes.iter().any(|shape| {
                    right.starts_with(bound) && (bound.contains(shape.trim_end_matches([')', '('])))
                })
        })
    })?;
    Some(with_line(
        &file.text,
        at,
        &lines[at].replacen(" < ", " <= ", 1),
    ))
}

/// An enumeration gets one more variant than those who tell its variants apart know.
fn variant(clone: &Clone, file: &SourceFile) -> Option<Fault> {
    for definition in &file.outline.outline.definitions {
        if definition.kind != SymbolKind::Enum
            || clone.index.definitions(&definition.name, 3).len() != 1
        {
            continue;
        }
        let text = file.text.get(definition.span.range())?;
        let open = text.find('{')?;
        let body = text.get(open + 1..text.rfind('}')?)?;
        let (first, separator) = match file.language.name() {
            "rust" => ("ExtraVariant", ","),
            "typescript" | "tsx" => ("ExtraVariant = 'extra'", ","),
            "java" | "csharp" => ("EXTRA_VARIANT", ","),
            _ => continue,
        };
        if body.contains('(') && file.language.name() == "java" {
            continue;
        }
        let name = &definition.name;
        let uses: Vec<RelPath> = {
            let mut paths: Vec<RelPath> = clone
                .index
                .references(name, 30)
                .into_iter()
                .map(|found| found.path)
                .collect();
            paths.push(file.path.clone());
            paths.sort();
            paths.dedup();
            paths
        };
        let telling: Vec<RelPath> = uses
            .into_iter()
            .filter(|path| {
                let Some(text) = clone.read(path) else {
                    return false;
                };
                tells_apart(&text, name)
            })
            .collect();
        if telling.is_empty() {
            continue;
        }
        let at = definition.span.start as usize + open + 1;
        let new = format!(
            "{}\n    {first}{separator}{}",
            &file.text[..at],
            &file.text[at..]
        );
        let what = format!("{}: {name}", file.path);
        return Some(fault("variant-added", file, new, what, telling));
    }
    None
}

/// Whether a text has at least three arms over `name` in a row and no arm for the rest.
fn tells_apart(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let (rust, script) = (format!("{name}::"), format!("case {name}."));
    let is_arm = |line: &str| {
        let line = line.trim_start();
        line.starts_with(&script) || line.starts_with(&rust) && line.contains("=>")
    };
    let mut run: Vec<usize> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if is_arm(line) {
            if run.last().is_some_and(|last| at - last > 6) {
                run.clear();
            }
            run.push(at);
        }
        if run.len() >= 3 {
            let after = lines.iter().skip(at + 1).take(12);
            let rest = after.take_while(|line| !line.starts_with('}')).any(|line| {
                let line = line.trim_start();
                line.starts_with("_ =>") || line.starts_with("default") || line.starts_with("_ if")
            });
            let before = lines[run[0].saturating_sub(3)..at]
                .iter()
                .any(|line| line.contains("default") || line.trim_start().starts_with("_ =>"));
            if !rest && !before {
                return true;
            }
        }
    }
    false
}

/// An assertion less in a test, while the code that it tests changes.
pub(crate) fn assertion(modified: &[(RelPath, String, String)]) -> Vec<Fault> {
    let is_test = |path: &RelPath| {
        let path = path.as_str().to_ascii_lowercase();
        path.contains("test") || path.contains("spec")
    };
    let is_code = |path: &RelPath| {
        syntax::Language::detect(path, "").is_some_and(|language| language.is_code())
    };
    if !modified
        .iter()
        .any(|(path, _, _)| is_code(path) && !is_test(path))
    {
        return Vec::new();
    }
    let starts = [
        "assert",
        "self.assert",
        "expect(",
        "t.is(",
        "t.equal(",
        "t.assert",
        "require.",
        "await expect(",
    ];
    for (path, old, new) in modified.iter().filter(|(path, _, _)| is_test(path)) {
        let lines: Vec<&str> = new.lines().collect();
        let at = lines.iter().position(|line| {
            let line = line.trim();
            starts.iter().any(|start| line.starts_with(start))
                && line.ends_with([')', ';', '0', '1'])
                && line.matches('(').count() == line.matches(')').count()
                && old.contains(line)
        });
        if let Some(at) = at {
            return vec![Fault {
                kind: "assertion-deleted",
                against: Against::Parent,
                files: vec![(path.clone(), Some(without(new, at, at + 1)))],
                places: vec![path.clone()],
                what: format!("{path}: {}", lines[at].trim()),
            }];
        }
    }
    Vec::new()
}

/// A dependency that is lowered, no longer pinned, or not the one that was meant.
pub(crate) fn manifest(path: &RelPath, text: &str, _salt: &str) -> Vec<Fault> {
    if is_aside(path) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some((name, version)) = dependency(path, &lines, at) else {
            continue;
        };
        let Some(lower) = lowered(version) else {
            continue;
        };
        let mut push = |kind: &'static str, new: String| {
            if faults.iter().all(|made: &Fault| made.kind != kind) {
                faults.push(Fault {
                    kind,
                    against: Against::Head,
                    files: vec![(path.clone(), Some(new))],
                    places: vec![path.clone()],
                    what: format!("{path}: {name} {version}"),
                });
            }
        };
        push(
            "version-lowered",
            with_line(text, at, &line.replacen(version, &lower, 1)),
        );
        if path.file_name() != "go.mod" {
            let any = match path.file_name() {
                "package.json" | "Cargo.toml" => {
                    with_line(text, at, &line.replacen(version, "*", 1))
                }
                _ => with_line(text, at, name),
            };
            push("version-unpinned", any);
            let mut letters: Vec<char> = name.chars().collect();
            if letters.len() >= 6 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                letters.swap(2, 3);
                let wrong: String = letters.into_iter().collect();
                if wrong != name {
                    let added = format!("{line}\n{}", line.replacen(name, &wrong, 1));
                    let added = if line.ends_with(',') || path.file_name() != "package.json" {
                        added
                    } else {
                        continue;
                    };
                    push("dependency-misspelt", with_line(text, at, &added));
                }
            }
        }
    }
    faults
}

/// Name and version of the dependency on line `at`.
fn dependency<'a>(path: &RelPath, lines: &[&'a str], at: usize) -> Option<(&'a str, &'a str)> {
    let line = *lines.get(at)?;
    let numbered =
        |version: &str| version.contains('.') && version.chars().any(|c| c.is_ascii_digit());
    match path.file_name() {
        "package.json" => {
            let section = lines[..at]
                .iter()
                .rev()
                .find(|line| line.trim_end().ends_with('{'))?;
            if !section.to_ascii_lowercase().contains("dependencies\"") {
                return None;
            }
            let mut parts = line.split('"');
            let (name, version) = (parts.nth(1)?, parts.nth(1)?);
            numbered(version).then_some((name, version))
        }
        "Cargo.toml" => {
            let section = lines[..at]
                .iter()
                .rev()
                .find(|line| line.starts_with('['))?;
            if !section.contains("dependencies]") {
                return None;
            }
            let (name, rest) = line.split_once(" = ")?;
            let version = rest.strip_prefix('"')?.split('"').next()?;
            numbered(version).then_some((name, version))
        }
        "go.mod" => {
            let mut parts = line.strip_prefix('\t')?.split(' ');
            let (name, version) = (parts.next()?, parts.next()?);
            (version.starts_with('v') && !version.contains('-')).then_some((name, version))
        }
        _ => {
            let (name, version) = line.split_once("==").or_else(|| line.split_once(">="))?;
            let version = version.split([',', ';', ' ']).next()?;
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            (plain && numbered(version)).then_some((name, version))
        }
    }
}

/// The version with its first number that is not zero made one smaller.
fn lowered(version: &str) -> Option<String> {
    let digits = version.find(|c: char| c.is_ascii_digit() && c != '0')?;
    let end = version[digits..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(version.len(), |at| digits + at);
    let number: u64 = version[digits..end].parse().ok()?;
    Some(format!(
        "{}{}{}",
        &version[..digits],
        number - 1,
        &version[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::lowered;
    use crate::signatures::pieces;

    #[test]
    fn versions_go_down() {
        for (version, lower) in [
            ("^4.17.1", "^3.17.1"),
            ("0.12.3", "0.11.3"),
            ("v1.10.0", "v0.10.0"),
        ] {
            assert_eq!(lowered(version).as_deref(), Some(lower));
        }
    }

    #[test]
    fn lists_are_cut_at_their_own_commas() {
        let text = "f<T>(a: Map<K, V>, (b, c): X)";
        let found: Vec<&str> = pieces(text, 1)
            .expect("a list")
            .into_iter()
            .map(|(start, end)| &text[start..end])
            .collect();
        assert_eq!(found, ["a: Map<K, V>", "(b, c): X"]);
    }
}
