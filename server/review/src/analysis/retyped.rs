//! Types that changed under their callers: a parameter that takes another kind of value, a result that may be missing now.
//!
//! Only what can be read off a call is judged: a literal that the new type cannot take, a member asked of a result that may
//! be nothing. What is named by a variable has a type that nobody here knows.

use base::search::FoundReference;
use base::{Category, Definition, Evidence, ReferenceKind, Severity, Text};

use super::arguments::written;
use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::{About, Draft};
use crate::context::users;
use crate::semantic::{ChangedFile, What, is_callable};

const RETYPED: &str = "analysis/type-changed";

pub(super) const ABOUT: &[About] = &[About {
    id: RETYPED,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.75,
    title: "Calls still fit the old types",
    why: "The change gives a parameter another type, or a result that may be missing now, and calls elsewhere still pass a \
          value of the old type or use the result without a look. Change the calls that are listed, or keep the type.",
    bad: "# rates.py\ndef load(zone: str) -> Rates | None:  # was: -> Rates\n    ...\n\n# quote.py, not changed\nprice = load(\"eu\").price\n",
    good: "# quote.py\nrates = load(\"eu\")\nprice = rates.price if rates else None\n",
    cwe: Some(686),
    references: &[],
}];

/// How sure a link between a call and a definition must be.
const SURE: f32 = 0.8;
/// Files in which one name is looked for.
const MAX_FILES: usize = 100;

/// What a type is of, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    Truth,
}

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in file.symbols.iter().filter(|it| it.what == What::Signature) {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            if let (Some(before), Some(after), Some(index)) =
                (file.old_of(symbol), file.new_of(symbol), symbol.new)
                && is_callable(after.kind)
                && !after.is_test
            {
                remarks.extend(judge(around, file, before, after, index));
            }
        }
    }
    remarks
}

fn judge(
    around: &Around<'_>,
    file: &ChangedFile,
    before: &Definition,
    after: &Definition,
    index: u32,
) -> Option<Remark> {
    let retyped = retyped(before, after);
    let is_now = after.returns.as_deref().filter(|is| is_optional(is));
    let may_be_missing = is_now
        .and(before.returns.as_deref())
        .filter(|was| !is_optional(was));
    if retyped.is_empty() && may_be_missing.is_none() {
        return None;
    }
    let qualified = file.new.qualified(index);
    let calls = users(around.index, file.path(), &qualified, after.kind, MAX_FILES);
    let mut evidence = Vec::new();
    for (mention, sure) in calls {
        let is_call = mention.reference.kind == ReferenceKind::Call && sure >= SURE;
        if !is_call || around.is_changed(&mention.path, mention.reference.span) {
            continue;
        }
        let Some(text) = around.text_as_indexed(&mention.path, mention.hash) else {
            continue;
        };
        let passes = retyped.iter().find(|(at, was, is)| {
            let given = written(&text, mention.reference.span);
            given.is_some_and(|given| {
                let sort = given.get(*at).and_then(|one| of_literal(one));
                sort == Some(*was) && sort != Some(*is)
            })
        });
        let note = match passes {
            Some(_) => "passes a value of the old type",
            None if may_be_missing.is_some() && is_used_at_once(&text, &mention) => {
                "uses the result without a look"
            }
            None => continue,
        };
        evidence.push(around.evidence(&mention, note.to_owned()));
    }
    evidence.sort_by(|a: &Evidence, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    let count = evidence.len();
    if count == 0 {
        return None;
    }
    evidence.truncate(MAX_EVIDENCE);
    let name = &after.name;
    let what = match may_be_missing.zip(after.returns.as_deref()) {
        Some((was, is)) => format!("`{name}` returned `{was}` and returns `{is}` now."),
        None => format!("A parameter of `{name}` has another type now."),
    };
    let calls = match count {
        1 => "1 call still fits".to_owned(),
        count => format!("{count} calls still fit"),
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(RETYPED, after.name_span).titled(format!(
            "`{name}` has other types now, and {calls} the old ones"
        )),
        message: format!("{what} Change the calls below, or keep the type."),
        evidence,
        elsewhere: Some("its signature changed".to_owned()),
    })
}

/// Parameters, by place, that took one sort of value and take another.
fn retyped(before: &Definition, after: &Definition) -> Vec<(usize, Sort, Sort)> {
    let (Some(old), Some(new)) = (&before.parameters, &after.parameters) else {
        return Vec::new();
    };
    let is_same_list = old.len() == new.len() && old.iter().zip(new).all(|(a, b)| a.name == b.name);
    if !is_same_list {
        return Vec::new();
    }
    let pairs = old.iter().zip(new).enumerate();
    pairs
        .filter_map(|(at, (old, new))| {
            let (was, is) = (
                of_type(old.of_type.as_deref()?)?,
                of_type(new.of_type.as_deref()?)?,
            );
            (was != is).then_some((at, was, is))
        })
        .collect()
}

fn of_type(written: &str) -> Option<Sort> {
    let bare = written.trim().trim_start_matches(['&', ':', '?']).trim();
    match bare
        .trim_start_matches("mut ")
        .to_ascii_lowercase()
        .as_str()
    {
        "str" | "string" | "'static str" | "charsequence" | "std::string" | "std::string_view" => {
            Some(Sort::Text)
        }
        "int" | "long" | "short" | "float" | "double" | "number" | "integer" | "i8" | "i16"
        | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" | "f32" | "f64"
        | "int32" | "int64" | "uint" | "uint32" | "uint64" | "float64" | "float32" | "size_t" => {
            Some(Sort::Number)
        }
        "bool" | "boolean" => Some(Sort::Truth),
        _ => None,
    }
}

fn of_literal(written: &str) -> Option<Sort> {
    let first = written.chars().next()?;
    let digits = written.trim_start_matches(['-', '+']);
    match first {
        '"' | '\'' | '`' => Some(Sort::Text),
        _ if matches!(written, "true" | "false" | "True" | "False") => Some(Sort::Truth),
        _ if digits.starts_with(|c: char| c.is_ascii_digit())
            && digits
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) =>
        {
            Some(Sort::Number)
        }
        _ => None,
    }
}

/// Whether a result of this type may be nothing.
fn is_optional(written: &str) -> bool {
    let bare = written.trim();
    bare.starts_with("Optional")
        || bare.starts_with("Option<")
        || bare.ends_with('?')
        || bare.starts_with('?')
        || bare
            .split('|')
            .any(|part| matches!(part.trim(), "None" | "null" | "undefined"))
}

/// `load("eu").price`, `load("eu")[0]`: nothing looks whether there is a result.
fn is_used_at_once(text: &Text, mention: &FoundReference) -> bool {
    let rest = text
        .as_str()
        .get(mention.reference.span.end as usize..)
        .unwrap_or_default();
    let Some(inner) = rest.strip_prefix('(') else {
        return false;
    };
    let mut depth = 1u32;
    for (at, c) in inner.char_indices().take(400) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let after = &inner[at + 1..];
            let member = after.strip_prefix('.').unwrap_or_default();
            // What an optional value has itself is a look.
            let is_look = [
                "unwrap",
                "expect",
                "map",
                "ok_or",
                "is_",
                "or",
                "and",
                "isPresent",
                "get",
            ]
            .iter()
            .any(|look| member.starts_with(look));
            return after.starts_with('[') || !member.is_empty() && !is_look;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn a_literal_of_the_old_type_is_told() {
        let fixture = |call: &str| {
            format!(
                "//- old rates.py\ndef load_rates(zone: str, day: int) -> int:\n    return 1\n//- new rates.py\ndef load_rates(zone: int, day: int) -> int:\n    return 1\n//- quote.py\nfrom rates import load_rates\nx = load_rates({call}, 2)\n"
            )
        };
        check(
            &fixture("\"eu\""),
            &[
                "rates.py:1 analysis/type-changed: `load_rates` has other types now, and 1 call still fits the old ones",
                "  quote.py:2 passes a value of the old type",
            ],
        );
        for fine in ["3", "zone", "other(\"eu\")"] {
            check(&fixture(fine), &[]);
        }
    }

    #[test]
    fn a_result_that_may_be_missing_is_told_where_it_is_used_at_once() {
        let fixture = |call: &str| {
            format!(
                "//- old rates.ts\nexport function loadRates(zone: string): Rates {{ return all[zone]; }}\n//- new rates.ts\nexport function loadRates(zone: string): Rates | undefined {{ return all[zone]; }}\n//- quote.ts\nimport {{ loadRates }} from \"./rates\";\nconst a = {call};\n"
            )
        };
        check(
            &fixture("loadRates(\"eu\").price"),
            &[
                "rates.ts:1 analysis/type-changed: `loadRates` has other types now, and 1 call still fits the old ones",
                "  quote.ts:2 uses the result without a look",
            ],
        );
        check(&fixture("loadRates(\"eu\")?.price"), &[]);
        check(&fixture("loadRates(\"eu\")"), &[]);
    }
}
