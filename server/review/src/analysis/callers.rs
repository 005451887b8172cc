//! Broken callers: calls that fit the old signature and not the new one.
//!
//! Only what can be counted or read is judged: the number of arguments, their order, whether the result is awaited,
//! whether the name can still be seen. A call is stale when it was right before and is wrong now, which leaves out
//! nearly everything that was linked to the wrong definition.

use base::search::FoundReference;
use base::{
    Category, Definition, Evidence, Parameter, ReferenceKind, RelPath, Severity, Span, SymbolKind,
    Text,
};

use super::arguments::{Arity, has_block, written};
use super::awaits::returns_promise;
use super::dangling::{is_of_the_library, is_telling};
use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::{About, Draft};
use crate::context::users;
use crate::semantic::{ChangedFile, SymbolChange, What, is_callable, words};

const STALE_CALL: &str = "analysis/stale-call";
const REORDERED: &str = "analysis/reordered-parameters";
const NOT_AWAITED: &str = "analysis/call-not-awaited";
const HIDDEN: &str = "analysis/hidden-but-used";

pub(super) const ABOUT: &[About] = &[
    About {
        id: STALE_CALL,
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: 0.85,
        title: "Calls still use the old signature",
        why: "The change adds or takes away a parameter, and calls elsewhere in the workspace still pass what the old \
              signature took. Where nothing compiles the code first, they fail when they are reached. Update the calls \
              that are listed, or give the new parameter a default.",
        bad: "# rates.py\ndef load(path, zone):  # was: load(path)\n    ...\n\n# quote.py, not changed\nrates = load(\"eu.csv\")\n",
        good: "# quote.py\nrates = load(\"eu.csv\", zone=\"eu\")\n",
        cwe: Some(628),
        references: &[],
    },
    About {
        id: REORDERED,
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: 0.8,
        title: "Parameters changed places, and calls still pass them in the old order",
        why: "The same parameters stand in another order, so a call that was not changed hands each value to the wrong \
              one. Where the types agree nothing notices. Change the calls that are listed, pass the arguments by name, \
              or keep the order.",
        bad: "// was: fn area(width: u32, height: u32)\nfn resize(height: u32, width: u32) {}\n\n// elsewhere, not changed\nresize(640, 480);\n",
        good: "resize(480, 640);\n",
        cwe: Some(683),
        references: &[],
    },
    About {
        id: NOT_AWAITED,
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: 0.8,
        title: "A function became asynchronous, and calls do not await it",
        why: "A call of an asynchronous function gives a promise, a coroutine or a future, not its result; without an \
              `await` the work may never run and its errors are lost. Await the calls that are listed, or hand the \
              result to something that does.",
        bad: "// was: function save(order)\nasync function save(order) { await store.put(order); }\n\n// elsewhere, not changed\nsave(order);\n",
        good: "await save(order);\n",
        cwe: None,
        references: &[],
    },
    About {
        id: HIDDEN,
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: 0.75,
        title: "What other files use can no longer be seen there",
        why: "The change takes `export`, `pub` or `public` away while other files still use the name. They will not \
              compile, or fail when they are loaded. Keep it visible, or change the files that are listed.",
        bad: "// rates.ts\nfunction load(path: string) {}  // was: export function load\n\n// quote.ts, not changed\nimport { load } from \"./rates\";\n",
        good: "export function load(path: string) {}\n",
        cwe: None,
        references: &[],
    },
];

/// How sure a link between a call and a definition must be.
const SURE: f32 = 0.7;
/// Files in which one name is looked for.
const MAX_FILES: usize = 300;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            let (What::Signature, Some(before), Some(after), Some(index)) = (
                &symbol.what,
                file.old_of(symbol),
                file.new_of(symbol),
                symbol.new,
            ) else {
                continue;
            };
            if after.is_test {
                continue;
            }
            let qualified = file.new.qualified(index);
            // A member of one word may be any other type's.
            let is_told_by_name =
                after.parent.is_none() && after.owner.is_none() || is_telling(&after.name);
            if before.exported && !after.exported && is_told_by_name {
                remarks.extend(hidden(around, file, after, &qualified));
            }
            if is_callable(after.kind) && !is_wrapped(file, after) {
                let signature = Signature {
                    file,
                    symbol,
                    before,
                    after,
                    qualified: &qualified,
                };
                remarks.extend(signature.judge(around));
            }
        }
    }
    remarks
}

/// One callable whose signature changed.
struct Signature<'a> {
    file: &'a ChangedFile,
    symbol: &'a SymbolChange,
    before: &'a Definition,
    after: &'a Definition,
    qualified: &'a [String],
}

impl Signature<'_> {
    fn judge(&self, around: &Around<'_>) -> Option<Remark> {
        let (old, new) = (
            self.before.parameters.as_deref()?,
            self.after.parameters.as_deref()?,
        );
        let language = self.file.new.language()?.name();
        // A generator is iterated, not awaited.
        let body = self.file.new.slice(self.after.span);
        let became_async = !self.before.is_async
            && self.after.is_async
            && !returns_promise(self.before)
            && !words(body).contains(&"yield")
            && matches!(
                language,
                "python" | "javascript" | "typescript" | "tsx" | "csharp"
            );
        let reordered = is_reordered(old, new);
        // What overrides has the defaults of what it overrides.
        let overrides = language == "kotlin"
            && words(self.file.new.slice(self.after.signature)).contains(&"override");
        let narrower = Arity::of(old) != Arity::of(new) && !overrides;
        if !became_async && !reordered && !narrower {
            return None;
        }
        let calls: Vec<(FoundReference, Text)> = self
            .calls(around)
            .into_iter()
            .filter_map(|mention| {
                let text = around.text_as_indexed(&mention.path, mention.hash)?;
                Some((mention, text))
            })
            .collect();
        if narrower {
            let stale = self.stale(around, old, new, &calls, language);
            if stale.is_some() {
                return stale;
            }
        }
        if reordered {
            let has_pointers = matches!(language, "rust" | "go" | "c" | "cpp" | "csharp");
            let stale = calls.iter().filter(|(mention, text)| {
                !around.is_changed(&mention.path, mention.reference.span)
                    && written(text, mention.reference.span).is_some_and(|arguments| {
                        arguments.len() >= 2
                            && !arguments.iter().any(|one| is_named(one, has_pointers))
                    })
            });
            let evidence = stale
                .map(|(mention, _)| {
                    around.evidence(mention, "passes them in the old order".to_owned())
                })
                .collect();
            return self.remark(REORDERED, evidence, |count, name| {
                (
                    format!("The parameters of `{name}` changed places; {count} the old order"),
                    format!(
                        "`{name}` now takes {}; it was {}. Change the {} below, or keep the order.",
                        listed(new),
                        listed(old),
                        if count.starts_with("1 ") {
                            "call"
                        } else {
                            "calls"
                        },
                    ),
                )
            });
        }
        if became_async {
            let stale = calls.iter().filter(|(mention, text)| {
                !around.is_changed(&mention.path, mention.reference.span)
                    && is_dropped_or_bound(text, mention)
            });
            let evidence = stale
                .map(|(mention, _)| around.evidence(mention, "is not awaited".to_owned()))
                .collect();
            return self.remark(NOT_AWAITED, evidence, |_, name| {
                (
                    format!("`{name}` became asynchronous, and calls of it are not awaited"),
                    format!(
                        "`{name}` was an ordinary function; what it returns now has to be awaited. Await it at the \
                         places below, or keep it synchronous."
                    ),
                )
            });
        }
        None
    }

    /// Calls that took part in the old agreement and break the new one.
    fn stale(
        &self,
        around: &Around<'_>,
        old: &[Parameter],
        new: &[Parameter],
        calls: &[(FoundReference, Text)],
        language: &str,
    ) -> Option<Remark> {
        let (was, is) = (Arity::of(old), Arity::of(new));
        let others = self.overloads();
        let mut evidence = Vec::new();
        // In a language that fills up what is left out, one more at the end is meant to be left out.
        let names = |list: &[Parameter]| -> Vec<String> {
            list.iter().map(|one| one.name.clone()).collect()
        };
        if matches!(language, "javascript" | "jsx" | "lua") && names(new).starts_with(&names(old)) {
            return None;
        }
        for (mention, text) in calls {
            let Some(given) = mention.reference.arguments else {
                continue;
            };
            // Brought up to date; what the change writes may leave out what JavaScript fills up.
            let fills_up = matches!(language, "javascript" | "jsx" | "lua");
            let takes_blocks = matches!(language, "kotlin" | "swift" | "scala" | "ruby");
            if is.takes(given)
                || takes_blocks && is.takes(given + 1) && has_block(text, mention.reference.span)
                || fills_up && around.is_changed(&mention.path, mention.reference.span)
            {
                continue;
            }
            // `Type.method(receiver, …)` passes one more than the signature shows.
            let given = if self.is_through_its_type(mention) && !was.takes(given) && given > 0 {
                given - 1
            } else {
                given
            };
            // JavaScript drops what is too much.
            let is_lenient = matches!(language, "javascript" | "jsx" | "lua" | "php")
                && is.most.is_some_and(|most| given > most);
            if !was.takes(given)
                || is.takes(given)
                || is_lenient
                || others.iter().any(|other| other.takes(given))
                || spreads(text, mention.reference.span)
            {
                continue;
            }
            evidence.push(around.evidence(mention, passes(given, is)));
        }
        let change = difference(old, new);
        self.remark(STALE_CALL, evidence, |count, name| {
            (
                format!("`{name}` has another signature now; {count} the old one"),
                format!(
                    "`{name}` now takes {}; it was {}. {change}",
                    listed(new),
                    listed(old)
                ),
            )
        })
    }

    /// Calls that are surely of this one.
    fn calls(&self, around: &Around<'_>) -> Vec<FoundReference> {
        let path = self.file.path();
        let (qualified, kind) = self.called_as();
        let found = users(around.index, path, &qualified, kind, MAX_FILES);
        found
            .into_iter()
            .filter(|(mention, sure)| {
                *sure >= SURE
                    && matches!(
                        mention.reference.kind,
                        ReferenceKind::Call | ReferenceKind::New
                    )
                    && !is_of_the_library(around, mention, path)
                    && !self.is_handed_on(mention)
            })
            .map(|(mention, _)| mention)
            .collect()
    }

    /// `def send(self): self.inner.send()`: of the same name, and another's.
    fn is_handed_on(&self, mention: &FoundReference) -> bool {
        let qualifier = mention.reference.qualifier.as_deref();
        mention.within.last() == Some(&self.after.name)
            && !matches!(qualifier, None | Some("self" | "this" | "Self" | "cls"))
    }

    /// A constructor is called by its class's name.
    fn called_as(&self) -> (Vec<String>, SymbolKind) {
        let is_constructor = matches!(
            self.after.name.as_str(),
            "__init__" | "constructor" | "__construct"
        );
        match self.qualified.split_last() {
            Some((_, class)) if is_constructor && !class.is_empty() => {
                (class.to_vec(), SymbolKind::Class)
            }
            _ => (self.qualified.to_vec(), self.after.kind),
        }
    }

    /// Other definitions of the same full name.
    fn overloads(&self) -> Vec<Arity> {
        let outline = &self.file.new.outline;
        (0u32..)
            .zip(&outline.definitions)
            .filter(|(index, other)| {
                Some(*index) != self.symbol.new
                    && other.name == self.after.name
                    && outline.qualified(*index).iter().eq(self.qualified)
            })
            .filter_map(|(_, other)| other.parameters.as_deref().map(Arity::of))
            .collect()
    }

    fn is_through_its_type(&self, mention: &FoundReference) -> bool {
        let container = self.qualified.iter().rev().nth(1);
        let qualifier = mention.reference.qualifier.as_deref().unwrap_or_default();
        container.is_some_and(|container| qualifier.ends_with(container.as_str()))
    }

    fn remark(
        &self,
        rule: &str,
        evidence: Vec<Evidence>,
        say: impl FnOnce(&str, &str) -> (String, String),
    ) -> Option<Remark> {
        if evidence.is_empty() {
            return None;
        }
        let count = match evidence.len() {
            1 => "1 call still uses".to_owned(),
            count => format!("{count} calls still use"),
        };
        let name = match self.called_as().0.last() {
            Some(class) if *class != self.after.name => format!("{class}.{}", self.after.name),
            _ => self.after.name.clone(),
        };
        let (title, message) = say(&count, &name);
        Some(place(
            self.file.path(),
            Draft::new(rule, self.after.name_span).titled(title),
            message,
            evidence,
        ))
    }
}

/// A remark on a definition, with as many places as anybody will open.
fn place(path: &RelPath, draft: Draft, mut message: String, mut evidence: Vec<Evidence>) -> Remark {
    evidence.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    evidence.dedup_by(|b, a| a.path == b.path && a.span == b.span);
    let more = evidence.len().saturating_sub(MAX_EVIDENCE);
    if more > 0 {
        evidence.truncate(MAX_EVIDENCE);
        message.push_str(&format!(" {more} more places are not listed."));
    }
    Remark {
        path: path.clone(),
        draft,
        message,
        evidence,
        elsewhere: Some("its signature changed".to_owned()),
    }
}

/// Uses in other files of what they can no longer see.
fn hidden(
    around: &Around<'_>,
    file: &ChangedFile,
    after: &Definition,
    qualified: &[String],
) -> Option<Remark> {
    // What the others use may be a method with the name of the field.
    let is_doubled = file.new.outline.definitions.iter().any(|other| {
        other.name == after.name && other.name_span != after.name_span && other.exported
    });
    if is_doubled {
        return None;
    }
    let found = users(around.index, file.path(), qualified, after.kind, MAX_FILES);
    let evidence: Vec<Evidence> = found
        .into_iter()
        .filter(|(mention, sure)| {
            *sure >= SURE
                && mention.path != *file.path()
                && around
                    .text_as_indexed(&mention.path, mention.hash)
                    .is_some()
        })
        .map(|(mention, _)| around.evidence(&mention, "uses it from another file".to_owned()))
        .collect();
    if evidence.is_empty() {
        return None;
    }
    let name = &after.name;
    Some(place(
        file.path(),
        Draft::new(HIDDEN, after.name_span).titled(format!(
            "`{name}` is no longer visible to the files that use it"
        )),
        format!(
            "`{name}` could be used from other files and now cannot. Keep it visible, or change the places below."
        ),
        evidence,
    ))
}

/// Whether decorators stand between the definition and its callers that may change what it takes.
fn is_wrapped(file: &ChangedFile, definition: &Definition) -> bool {
    let Some(language) = file.new.language() else {
        return true;
    };
    if language.name() != "python" {
        return false;
    }
    let head = Span {
        start: definition.span.start,
        end: definition.name_span.start,
    };
    file.new
        .slice(head)
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix('@'))
        .any(|decorator| {
            let name = decorator
                .split(['(', ' ', '#'])
                .next()
                .and_then(|path| path.rsplit('.').next())
                .unwrap_or_default();
            !TRANSPARENT.contains(&name)
        })
}

/// Decorators of Python that leave the signature as it is.
const TRANSPARENT: &[&str] = &[
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "override",
    "final",
    "cache",
    "lru_cache",
    "wraps",
    "contextmanager",
    "asynccontextmanager",
    "overload",
    "deprecated",
];

fn is_reordered(old: &[Parameter], new: &[Parameter]) -> bool {
    let names = |list: &[Parameter]| -> Vec<String> {
        list.iter()
            .filter(|one| !one.keyword_only && !one.variadic)
            .map(|one| one.name.clone())
            .collect()
    };
    let (old, new) = (names(old), names(new));
    let (mut a, mut b) = (old.clone(), new.clone());
    a.sort();
    b.sort();
    old != new && a == b && old.len() >= 2 && !old.iter().any(String::is_empty)
}

/// `name=value`, `name: value`: passed by name, or as an object.
fn is_named(argument: &str, has_pointers: bool) -> bool {
    let name_end = argument
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(argument.len());
    let (name, rest) = argument.split_at(name_end);
    let rest = rest.trim_start();
    argument.starts_with(['{', '.'])
        // Several at once in Python and Ruby; what a pointer leads to elsewhere.
        || argument.starts_with('*') && !has_pointers
        || !name.is_empty()
            && (rest.starts_with(':') && !rest.starts_with("::")
                || rest.starts_with('=') && !rest.starts_with("=="))
}

/// Whether the list of arguments holds something that stands for several.
fn spreads(text: &Text, name: Span) -> bool {
    written(text, name).is_none_or(|arguments| {
        arguments.iter().any(|one| {
            one.starts_with("...")
                || one.starts_with('*') && !one.starts_with("*self")
                || one.ends_with("...")
        })
    })
}

/// Functions of Python and JavaScript that look into what they are given.
const UNPACKS: &[&str] = &[
    "list",
    "set",
    "tuple",
    "dict",
    "sorted",
    "sum",
    "len",
    "int",
    "float",
    "max",
    "min",
    "any",
    "all",
    "enumerate",
    "parse",
    "Number",
    "parseInt",
];

/// A call that is a statement by itself or is bound to a name, so that nothing around it can await it.
fn is_dropped_or_bound(text: &Text, mention: &FoundReference) -> bool {
    let span = mention.reference.span;
    let lines = text.lines();
    let start = lines.line_start(lines.line_of(span.start)) as usize;
    let before = text
        .as_str()
        .get(start..span.start as usize)
        .unwrap_or_default();
    let qualifier = mention.reference.qualifier.as_deref().unwrap_or_default();
    let before = before.trim_end_matches(['.', '?']);
    let before = before.strip_suffix(qualifier).unwrap_or(before).trim();
    // `Timer(worker).stop()`: what it is asked of is made on the way.
    let is_way = (before.is_empty() || before.ends_with(')'))
        && before
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '(' | ')' | '[' | ']'))
        && before.matches('(').count() == before.matches(')').count();
    // Nothing that is to be awaited has items or a length.
    let is_unpacked = before
        .strip_suffix('(')
        .and_then(|head| head.rsplit(|c: char| !c.is_alphanumeric()).next())
        .is_some_and(|word| UNPACKS.contains(&word));
    let alone = is_way || is_unpacked || before.ends_with('=') && !before.ends_with("==");
    // On a line of its own in `Promise.all([` and the like: somebody waits for the list.
    let above = text.as_str().get(..start).unwrap_or_default().trim_end();
    if above.ends_with(['(', '[', ',', '?', '&', '|']) || above.ends_with("=>") {
        return false;
    }
    let Some(arguments) = written(text, span) else {
        return false;
    };
    // What follows the list: found again from the last argument, which is part of the same text.
    let list_start = text.as_str().get(span.end as usize..).unwrap_or_default();
    let inner: usize = arguments.iter().map(|one| one.len()).sum();
    let after = list_start
        .get(inner.min(list_start.len())..)
        .unwrap_or_default();
    let line_after = after.lines().next().unwrap_or_default();
    alone
        && !line_after.contains(".then(")
        && !line_after.contains(".catch(")
        && !line_after.contains("await")
}

fn passes(given: u32, arity: Arity) -> String {
    let given = match given {
        0 => "passes nothing".to_owned(),
        1 => "passes 1 argument".to_owned(),
        given => format!("passes {given} arguments"),
    };
    match arity {
        Arity {
            least,
            most: Some(most),
        } if least == most => format!("{given}, {least} are taken"),
        Arity {
            least,
            most: Some(most),
        } => format!("{given}, {least} to {most} are taken"),
        Arity { least, most: None } => format!("{given}, at least {least} are taken"),
    }
}

fn listed(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = parameters
        .iter()
        .take(8)
        .map(|one| match one.name.as_str() {
            "" => "a pattern".to_owned(),
            name => format!("`{name}`"),
        })
        .collect();
    let more = if parameters.len() > 8 { ", …" } else { "" };
    names.join(", ") + more
}

/// What to do about it.
fn difference(old: &[Parameter], new: &[Parameter]) -> String {
    let known =
        |list: &[Parameter], one: &Parameter| list.iter().any(|other| other.name == one.name);
    let added: Vec<&Parameter> = new.iter().filter(|one| !known(old, one)).collect();
    match added.as_slice() {
        [one] if !one.name.is_empty() && new.len() > old.len() => format!(
            "Pass `{}` at the places below, or give it a default.",
            one.name
        ),
        _ => "Update the places below.".to_owned(),
    }
}
