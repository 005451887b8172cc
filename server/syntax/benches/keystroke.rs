//! What one keystroke costs in a Rust file of 2,500 lines: incremental parse, the rules on the changed line, the
//! enclosing symbol; beside it what a whole file costs.

use std::hint::black_box;
use std::time::Duration;

use base::{RelPath, Span, Text};
use criterion::{Criterion, criterion_group, criterion_main};
use syntax::{Language, Rules, TextChange, Tree};

const DEADLINE: Duration = Duration::from_secs(10);

/// Fourteen lines of ordinary code, numbered so that no two are alike.
fn source() -> String {
    let item = "\
/// Reads the entry at `index`, or what stands in for it.
pub fn entry_N(store: &Store, index: usize) -> Result<Entry, Error> {
    let guard = store.entries.lock().map_err(|_| Error::Poisoned)?;
    let mut entry = guard.get(index).cloned().unwrap_or_default();
    for (name, value) in &store.overrides {
        match name.as_str() {
            \"size\" if value.len() < 20 => entry.size = value.parse()?,
            \"name\" => entry.name = format!(\"{value}-{}\", index + N),
            other => tracing::debug!(other, \"unknown override\"),
        }
    }
    Ok(entry)
}

";
    (0..180)
        .map(|number| item.replace('N', &number.to_string()))
        .collect()
}

fn keystroke(criterion: &mut Criterion) {
    let before = source();
    let at = before.len() / 2
        + before[before.len() / 2..].find("entry.size").unwrap_or(0)
        + "entry".len();
    let mut after = before.clone();
    after.insert(at, 'x');
    let (before, after) = (Text::new(before), Text::new(after));
    let change = TextChange {
        start: at as u32,
        old_end: at as u32,
        new_end: at as u32 + 1,
    };
    let line = after.lines().line_of(at as u32);
    let within = [after.lines().lines_span(line..line + 1)];
    let Ok(path) = RelPath::new("src/store.rs") else {
        return;
    };
    let (Ok(tree), Ok(new)) = (
        Tree::parse(Language::Rust, &before, DEADLINE),
        Tree::parse(Language::Rust, &after, DEADLINE),
    ) else {
        return;
    };
    let rules = Rules::builtin();
    rules.run(&new, &path, None, &|_| true);

    criterion.bench_function("incremental parse", |bencher| {
        bencher.iter(|| black_box(tree.edited(&after, &[change], DEADLINE)));
    });
    criterion.bench_function("rules on the changed line", |bencher| {
        bencher.iter(|| black_box(rules.run(&new, &path, Some(&within), &|_| true)));
    });
    criterion.bench_function("enclosing symbol", |bencher| {
        bencher.iter(|| black_box(new.enclosing_symbol(Span::new(at, at + 1))));
    });
    criterion.bench_function("whole parse", |bencher| {
        bencher.iter(|| black_box(Tree::parse(Language::Rust, &after, DEADLINE)));
    });
    criterion.bench_function("rules on the whole file", |bencher| {
        bencher.iter(|| black_box(rules.run(&new, &path, None, &|_| true)));
    });
    criterion.bench_function("all descriptions", |bencher| {
        bencher.iter(|| black_box(Rules::builtin()))
    });
}

criterion_group!(benches, keystroke);
criterion_main!(benches);
