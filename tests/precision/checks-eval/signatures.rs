//! Faults in definitions: another signature, another name or none, and callers that were not told.

use base::search::FoundReference;
use base::{Definition, ReferenceKind, RelPath};

use crate::clone::Clone;
use crate::faults::{Fault, SourceFile, calls_of, fault, is_callable};

/// Faults of one kind that are offered in one tree.
const OFFERED: usize = 1;

pub(crate) fn make(clone: &Clone, files: &[SourceFile]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for file in files {
        for definition in &file.outline.outline.definitions {
            if !is_callable(definition) || definition.is_test {
                continue;
            }
            let calls = calls_of(clone, file, definition);
            if calls.is_empty() {
                continue;
            }
            let Some(list) = List::of(&file.text, definition) else {
                continue;
            };
            let site = Site {
                file,
                definition,
                calls: &calls,
                list: &list,
            };
            let makers: [fn(&Site<'_>, &Clone) -> Option<Fault>; 8] = [
                added,
                gone_parameter,
                reordered,
                renamed,
                gone,
                asynchronous,
                hidden,
                undocumented,
            ];
            for make in makers {
                if let Some(made) = make(&site, clone)
                    && faults.iter().filter(|f| f.kind == made.kind).count() < OFFERED
                {
                    faults.push(made);
                }
            }
            if let Some(made) = swapped(&site, clone)
                && faults.iter().filter(|f| f.kind == made.kind).count() < OFFERED
            {
                faults.push(made);
            }
        }
    }
    faults
}

struct Site<'a> {
    file: &'a SourceFile,
    definition: &'a Definition,
    calls: &'a [FoundReference],
    list: &'a List,
}

/// A list of parameters in the text, the receiver left out.
struct List {
    /// Where each parameter stands, white space around it left out.
    pieces: Vec<(usize, usize)>,
}

impl List {
    fn of(text: &str, definition: &Definition) -> Option<Self> {
        let from = definition.name_span.end as usize;
        let pieces = pieces(text, from)?;
        let pieces: Vec<(usize, usize)> = pieces
            .into_iter()
            .filter(|(start, end)| {
                let name = text[*start..*end].trim_start_matches(['&', '\'']);
                !matches!(name, "self" | "mut self" | "cls" | "void" | "/" | "*")
                    && !name.starts_with("self:")
                    && !name.ends_with(" self")
            })
            .collect();
        (pieces.len() == definition.parameters.as_ref()?.len()).then_some(Self { pieces })
    }
}

/// The parts of the list in brackets that follows `from`, directly or after type parameters.
pub(crate) fn pieces(text: &str, from: usize) -> Option<Vec<(usize, usize)>> {
    let rest = text.get(from..)?;
    let open = from + rest.find('(')?;
    let between = text.get(from..open)?;
    if between.len() > 200 || between.contains(['{', ';', '=']) {
        return None;
    }
    let (mut depth, mut start, mut out) = (0i32, open + 1, Vec::new());
    let mut push = |start: usize, end: usize| {
        let piece = &text[start..end];
        let lead = piece.len() - piece.trim_start().len();
        if !piece.trim().is_empty() {
            out.push((start + lead, start + lead + piece.trim().len()));
        }
    };
    for (at, c) in text.get(open + 1..)?.char_indices().take(3_000) {
        let at = open + 1 + at;
        match c {
            '"' | '\'' | '`' | '#' => return None,
            '(' | '[' | '{' | '<' => depth += 1,
            '>' if text[..at].ends_with(['-', '=']) => {}
            ')' if depth == 0 => {
                push(start, at);
                return Some(out);
            }
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                push(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

impl Site<'_> {
    fn language(&self) -> &'static str {
        self.file.language.name()
    }

    fn is_script(&self) -> bool {
        matches!(self.language(), "javascript" | "typescript" | "tsx")
    }

    fn make(&self, kind: &'static str, new: String) -> Option<Fault> {
        let others: Vec<RelPath> = self.calls.iter().map(|call| call.path.clone()).collect();
        let what = format!(
            "{}: {} ({} calls)",
            self.file.path,
            self.definition.name,
            self.calls.len()
        );
        Some(fault(kind, self.file, new, what, others))
    }

    fn replaced(&self, start: usize, end: usize, with: &str) -> String {
        let text = &self.file.text;
        format!("{}{with}{}", &text[..start], &text[end..])
    }

    fn piece(&self, index: usize) -> Option<&str> {
        let (start, end) = self.list.pieces.get(index)?;
        self.file.text.get(*start..*end)
    }
}

fn added(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let new = match site.language() {
        "rust" => "extra_flag: bool",
        "python" | "ruby" => "extra_flag",
        "go" => "extraFlag bool",
        "javascript" => "extraFlag",
        "typescript" | "tsx" => "extraFlag: boolean",
        "kotlin" => "extraFlag: Boolean",
        "java" => "boolean extraFlag",
        "csharp" | "cpp" => "bool extraFlag",
        "c" => "int extra_flag",
        "php" => "bool $extraFlag",
        _ => return None,
    };
    let (start, _) = *site.list.pieces.first()?;
    if site.piece(0)?.starts_with("this ") {
        return None;
    }
    site.make(
        "parameter-added",
        site.replaced(start, start, &format!("{new}, ")),
    )
}

fn gone_parameter(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let parameters = site.definition.parameters.as_deref()?;
    let pieces = &site.list.pieces;
    if parameters
        .iter()
        .any(|one| one.variadic || one.keyword_only)
        || matches!(site.language(), "javascript" | "php" | "lua" | "bash")
        || !site
            .calls
            .iter()
            .any(|call| call.reference.arguments == u32::try_from(pieces.len()).ok())
    {
        return None;
    }
    let (last_start, last_end) = *pieces.last()?;
    let new = match pieces.len() {
        0 => return None,
        1 => site.replaced(last_start, last_end, ""),
        count if site.language() == "go" => {
            let (start, _) = pieces[0];
            let (next, _) = pieces[1];
            if count < 2 || !site.piece(0)?.contains(' ') {
                return None;
            }
            site.replaced(start, next, "")
        }
        count => site.replaced(pieces[count - 2].1, last_end, ""),
    };
    site.make("parameter-removed", new)
}

fn reordered(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let parameters = site.definition.parameters.as_deref()?;
    let (first, second) = (parameters.first()?, parameters.get(1)?);
    if parameters
        .iter()
        .any(|one| one.keyword_only || one.variadic)
        || first.optional != second.optional
        || site.language() == "go" && site.piece(0)?.contains(' ') != site.piece(1)?.contains(' ')
        || !site
            .calls
            .iter()
            .any(|call| call.reference.arguments.is_some_and(|count| count >= 2))
    {
        return None;
    }
    let ((a, b), (c, d)) = (site.list.pieces[0], site.list.pieces[1]);
    let text = &site.file.text;
    let new = format!(
        "{}{}{}{}{}",
        &text[..a],
        &text[c..d],
        &text[b..c],
        &text[a..b],
        &text[d..]
    );
    site.make("parameters-reordered", new)
}

fn renamed(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let name = &site.definition.name;
    let suffix = if name.trim_matches('_').contains('_') {
        "_anew"
    } else {
        "Anew"
    };
    let span = site.definition.name_span;
    let new = site.replaced(span.end as usize, span.end as usize, suffix);
    site.make("function-renamed", new)
}

fn gone(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let span = site.definition.span;
    // What remains must not be an empty class or module body in a language that minds.
    let siblings = &site.file.outline.outline.definitions;
    let is_alone = siblings
        .iter()
        .filter(|other| other.parent == site.definition.parent)
        .count()
        < 2;
    if is_alone {
        return None;
    }
    let text = &site.file.text;
    let start = text[..span.start as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let head = text[start..span.start as usize].trim();
    let start = if matches!(head, "export" | "export default" | "") {
        start
    } else {
        return None;
    };
    site.make(
        "function-removed",
        site.replaced(start, span.end as usize, ""),
    )
}

fn asynchronous(site: &Site<'_>, clone: &Clone) -> Option<Fault> {
    if site.definition.is_async {
        return None;
    }
    let keyword = match site.language() {
        "python" => "def ",
        _ if site.is_script() => "function ",
        _ => return None,
    };
    let before = &site.file.text[..site.definition.name_span.start as usize];
    let at = before.strip_suffix(keyword)?.len();
    // Somewhere its result is used at once, or thrown away.
    let is_plain = site.calls.iter().any(|call| {
        let Some(text) = clone.read(&call.path) else {
            return false;
        };
        let start = call.reference.span.start as usize;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let head = text[line..start].trim_end_matches(|c: char| c != ' ' && c != '\t');
        let rest = text[start..].lines().next().unwrap_or_default();
        (head.trim().is_empty() || head.trim_end().ends_with('=') && !head.contains("=="))
            && rest.trim_end().ends_with([')', ';'])
            && !rest.contains(").")
    });
    if !is_plain {
        return None;
    }
    site.make("became-async", site.replaced(at, at, "async "))
}

fn hidden(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let text = &site.file.text;
    let start = text[..site.definition.name_span.start as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let keyword = match site.language() {
        "rust" => "pub ",
        _ if site.is_script() => "export ",
        _ => return None,
    };
    let line = &text[start..];
    let lead = line.len() - line.trim_start().len();
    let from = start + lead;
    let is_far = site.calls.iter().any(|call| {
        // A private item of Rust is seen by modules below it.
        let folder = site
            .file
            .path
            .as_str()
            .trim_end_matches(".rs")
            .trim_end_matches("/mod");
        call.path != site.file.path && (site.is_script() || !call.path.as_str().starts_with(folder))
    });
    if !text[from..].starts_with(keyword) || text[from..].starts_with("export default") || !is_far {
        return None;
    }
    if site.language() == "rust"
        && (site.file.path.as_str().ends_with("lib.rs")
            || site.file.path.as_str().ends_with("mod.rs"))
    {
        return None;
    }
    site.make(
        "visibility-narrowed",
        site.replaced(from, from + keyword.len(), ""),
    )
}

/// A parameter gets another name everywhere but in what documents it.
fn undocumented(site: &Site<'_>, _clone: &Clone) -> Option<Fault> {
    let doc = site.definition.doc?;
    let said = site.file.text.get(doc.range())?;
    let parameters = site.definition.parameters.as_deref()?;
    let documented = parameters.iter().find(|one| {
        let name = one.name.trim_start_matches('$');
        !name.is_empty()
            && said.lines().any(|line| {
                let line =
                    line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != ':');
                let names = |rest: &str| {
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                        .any(|word| word == name)
                };
                line.starts_with("@param") && names(line)
                    || line.starts_with(":param")
                        && names(line.split(':').nth(1).unwrap_or_default())
                    || line.starts_with(&format!("{name}: "))
                    || line.starts_with(&format!("{name} ("))
            })
    })?;
    let span = site.definition.span;
    let body = site.file.text.get(span.range())?;
    let new_name = format!("{}Other", documented.name);
    let (start, end) = (span.start, span.end);
    let text = &site.file.text;
    let changed = if doc.start >= start && doc.end <= end {
        let (a, b) = ((doc.start - start) as usize, (doc.end - start) as usize);
        format!(
            "{}{}{}",
            words_replaced(&body[..a], &documented.name, &new_name),
            &body[a..b],
            words_replaced(&body[b..], &documented.name, &new_name)
        )
    } else {
        words_replaced(body, &documented.name, &new_name)
    };
    let new = format!(
        "{}{changed}{}",
        &text[..start as usize],
        &text[end as usize..]
    );
    site.make("documented-parameter-gone", new)
}

/// A call that passes the parameters' own names passes two of them in the wrong places.
fn swapped(site: &Site<'_>, clone: &Clone) -> Option<Fault> {
    let names: Vec<&str> = site
        .definition
        .parameters
        .as_deref()?
        .iter()
        .map(|one| one.name.trim_start_matches('$'))
        .collect();
    for call in site.calls {
        if call.reference.kind != ReferenceKind::Call {
            continue;
        }
        let text = clone.read(&call.path)?;
        let Some(given) = pieces(&text, call.reference.span.end as usize) else {
            continue;
        };
        let is_own = |at: usize| {
            given.get(at).is_some_and(|(start, end)| {
                names.get(at).is_some_and(|name| {
                    name.len() > 1 && text[*start..*end].trim_start_matches(['&', '$']) == *name
                })
            })
        };
        for at in 1..given.len() {
            if is_own(at - 1) && is_own(at) {
                let ((a, b), (c, d)) = (given[at - 1], given[at]);
                let new = format!(
                    "{}{}{}{}{}",
                    &text[..a],
                    &text[c..d],
                    &text[b..c],
                    &text[a..b],
                    &text[d..]
                );
                return Some(Fault {
                    kind: "arguments-swapped",
                    against: crate::faults::Against::Head,
                    files: vec![(call.path.clone(), Some(new))],
                    places: vec![call.path.clone()],
                    what: format!("{}: {}", call.path, site.definition.name),
                });
            }
        }
    }
    None
}

/// `text` with the whole word `old` replaced.
pub(crate) fn words_replaced(text: &str, old: &str, new: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(old) {
        let end = at + old.len();
        let whole = !rest[..at].ends_with(is_part) && !rest[end..].starts_with(is_part);
        out.push_str(&rest[..at]);
        out.push_str(if whole { new } else { old });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
