//! Arguments in each other's place: `resize(height, width)` for `fn resize(width, height)`.
//!
//! Names are the only evidence, so they must say it twice: two arguments each carry the name of the other's parameter.
//! Calls that turn a pair round on purpose (a comparison the other way, a call in both orders) are left alone.

use base::{Category, Definition, Evidence, Parameter, Severity, Span};
use syntax::Call;

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::Resolver;
use crate::semantic::{ChangedFile, is_callable};

const SWAPPED: &str = "analysis/swapped-arguments";

pub(super) const ABOUT: &[About] = &[About {
    id: SWAPPED,
    category: Category::Bug,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "Two arguments are in each other's place",
    why: "The call passes two values whose names are those of parameters, each in the place of the other. Where both \
          have the same type nothing notices, and the values go the wrong way. Put them in the order of the parameters, \
          or pass them by name where the language can.",
    bad: "def resize(width, height):\n    ...\n\nresize(height, width)\n",
    good: "resize(width, height)\n",
    cwe: Some(683),
    references: &[],
}];

/// How sure it must be that the call leads to the definition.
const SURE: f32 = 0.45;
/// Definitions that a call may lead to and that must all agree.
const MAX_DEFINITIONS: usize = 6;
/// Words in a function's name that promise to turn things round, or to work both ways.
const TURNS: &[&str] = &[
    "swap",
    "revers",
    "invert",
    "flip",
    "transpos",
    "compare",
    "cmp",
    "mirror",
    "rotate",
    "opposite",
    "inverse",
    "symmetric",
    "backward",
    "undo",
    "commut",
    "exchange",
];
/// Pairs of names that say places in a list rather than what the values are.
const PLACES: &[&str] = &[
    "lhs", "rhs", "left", "right", "first", "second", "arg", "arg1", "arg2", "one", "two", "this",
    "that", "other",
];

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let resolver = Resolver::new(around.index);
    for file in &around.semantic.files {
        let Some(tree) = file
            .new
            .tree
            .as_ref()
            .filter(|tree| tree.language().is_code())
        else {
            continue;
        };
        if let Some(text) = &file.new.text {
            resolver.know(file.path(), text.hash(), &file.new.outline);
        }
        for lines in &file.new.spans {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            let calls = tree.calls(*lines);
            for call in &calls {
                if call.arguments.len() >= 2 && !call.spreads && file.new.is_changed(list_of(call))
                {
                    remarks.extend(judge(around, &resolver, file, call));
                }
            }
        }
    }
    remarks.dedup_by(|b, a| a.path == b.path && a.draft.span == b.draft.span);
    remarks
}

/// The name and the arguments, without what the call is made on.
fn list_of(call: &Call) -> Span {
    Span {
        start: call.name.start,
        end: call.span.end,
    }
}

fn judge(
    around: &Around<'_>,
    resolver: &Resolver<'_>,
    file: &ChangedFile,
    call: &Call,
) -> Option<Remark> {
    let names: Vec<Option<String>> = call
        .arguments
        .iter()
        .map(|argument| match argument.label {
            Some(_) => None,
            None => named(file.new.slice(argument.span)),
        })
        .collect();
    if names.iter().flatten().count() < 2 {
        return None;
    }
    let name = file.new.slice(call.name);
    if is_turning(name) {
        return None;
    }
    let outline = &file.new.outline;
    let reference = outline
        .references
        .iter()
        .find(|reference| reference.span == call.name)?;
    if let Some(within) = reference.within {
        let around_it = outline.qualified(within);
        // A function that calls itself with turned arguments means to.
        if around_it
            .iter()
            .any(|outer| is_turning(outer) || *outer == name)
        {
            return None;
        }
    }
    let found = resolver.definitions_of(file.path(), reference);
    let best = found
        .first()
        .filter(|best| best.confidence >= SURE / 2.0)?
        .confidence;
    let near: Vec<_> = found
        .iter()
        .filter(|one| is_callable(one.definition.definition.kind) && one.confidence > best - 0.1)
        .collect();
    if near.is_empty() || near.len() > MAX_DEFINITIONS {
        return None;
    }
    let mut pair = None;
    for one in &near {
        let swapped = turned(&names, &one.definition.definition)?;
        if pair.is_some_and(|before| before != swapped) {
            return None;
        }
        pair = Some(swapped);
    }
    let (i, j) = pair?;
    // Several definitions of which all agree are as good as one.
    let together: f32 = near.iter().map(|one| one.confidence).sum();
    let target = near.first()?;
    if together < SURE || is_called_straight(file, call, i, j) {
        return None;
    }
    let found = &target.definition;
    around.text_as_indexed(&found.path, found.hash)?;
    let parameters = found.definition.parameters.as_deref()?;
    let (first, second) = (&parameters.get(i)?.name, &parameters.get(j)?.name);
    let span = Span {
        start: call.arguments.get(i)?.span.start,
        end: call.arguments.get(j)?.span.end,
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(SWAPPED, span).titled(format!(
            "`{name}` takes `{first}` before `{second}`, and gets them the other way round"
        )),
        message: format!(
            "This call passes `{}` as `{first}` and `{}` as `{second}`. The parameters are declared in {}. Put the \
             arguments in their order.",
            file.new.slice(call.arguments.get(i)?.span),
            file.new.slice(call.arguments.get(j)?.span),
            found.path,
        ),
        evidence: vec![Evidence {
            path: found.path.clone(),
            span: found.definition.signature,
            note: format!("takes `{first}` before `{second}`"),
        }],
        elsewhere: None,
    })
}

/// The two places whose arguments carry each other's parameter's name.
fn turned(names: &[Option<String>], definition: &Definition) -> Option<(usize, usize)> {
    let parameters: Vec<Option<String>> = definition
        .parameters
        .as_deref()?
        .iter()
        .map(|one: &Parameter| (!one.keyword_only && !one.variadic).then(|| plain(&one.name)))
        .collect();
    if names.len() > parameters.len() {
        return None;
    }
    let mut found = None;
    for i in 0..names.len() {
        for j in i + 1..names.len() {
            let (Some(Some(a)), Some(Some(b))) = (names.get(i), names.get(j)) else {
                continue;
            };
            let (Some(Some(p)), Some(Some(q))) = (parameters.get(i), parameters.get(j)) else {
                continue;
            };
            let says = |name: &str| name.len() > 1 && !PLACES.contains(&name);
            if a == q && b == p && a != b && says(a) && says(b) {
                if found.is_some() {
                    return None;
                }
                found = Some((i, j));
            }
        }
    }
    found
}

/// The same function called with these two in the order of its parameters nearby: both orders are meant.
fn is_called_straight(file: &ChangedFile, call: &Call, i: usize, j: usize) -> bool {
    let Some(tree) = &file.new.tree else {
        return true;
    };
    let within = file
        .new
        .outline
        .definitions
        .iter()
        .rfind(|one| is_callable(one.kind) && one.span.contains(call.span))
        .map_or(call.span, |one| one.span);
    let written = |call: &Call, at: usize| {
        let argument = call.arguments.get(at);
        argument.map(|argument| plain(file.new.slice(argument.span)))
    };
    tree.calls(within).iter().any(|other| {
        other.span != call.span
            && file.new.slice(other.name) == file.new.slice(call.name)
            && written(other, i) == written(call, j)
            && written(other, j) == written(call, i)
    })
}

fn is_turning(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TURNS.iter().any(|word| name.contains(word))
}

/// The name that an argument goes by: its last segment, where it is nothing but a name or a path of names.
fn named(argument: &str) -> Option<String> {
    let bare = argument.trim_start_matches(['&', '*', '$', '@']);
    let bare = bare.strip_prefix("mut ").unwrap_or(bare);
    let is_path = bare
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '>' | '-' | '?'));
    let last = bare.rsplit(['.', '>']).next()?;
    let starts = last
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    (is_path && starts && !bare.contains("- ")).then(|| plain(last))
}

/// A name without its style: `rowCount`, `row_count`, `$row_count` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(call: &str) -> String {
        format!(
            "//- shapes.py\ndef resize(image, width, height):\n    image.set(width, height)\n\
             //- old page.py\nfrom shapes import resize\n\n\
             //- new page.py\nfrom shapes import resize\n\n{call}"
        )
    }

    #[test]
    fn names_in_each_others_place_are_told() {
        for call in [
            "def show(image, width, height):\n    resize(image, height, width)\n",
            "def show(self, image):\n    resize(image, self.height, self.width)\n",
        ] {
            check(
                &with(call),
                &[
                    "page.py:4 analysis/swapped-arguments: `resize` takes `width` before `height`, and gets them the other way round",
                    "  shapes.py:1 takes `width` before `height`",
                ],
            );
        }
        check(
            "\
//- area.ts
export function area(rowCount: number, columnCount: number) { return rowCount * columnCount; }
//- old use.ts
import { area } from \"./area\";
//- new use.ts
import { area } from \"./area\";
const all = area(grid.columnCount, grid.rowCount);
",
            &[
                "use.ts:2 analysis/swapped-arguments: `area` takes `rowCount` before `columnCount`, and gets them the other way round",
                "  area.ts:1 takes `rowCount` before `columnCount`",
            ],
        );
    }

    #[test]
    fn what_is_in_order_named_or_turned_on_purpose_is_left_alone() {
        for call in [
            "def show(image, width, height):\n    resize(image, width, height)\n",
            "def show(image, width, height):\n    resize(image, height=height, width=width)\n",
            "def transpose(image, width, height):\n    resize(image, height, width)\n",
            "def show(image, width, height):\n    resize(image, width, height)\n    resize(image, height, width)\n",
            "def show(image, width, height):\n    resize(image, height, 3)\n",
            "def show(image, width, height):\n    resize(image, height * 2, width)\n",
        ] {
            check(&with(call), &[]);
        }
    }
}
