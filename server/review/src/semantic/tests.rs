//! Fixture changes in, what happened to which definition out.

use base::memory::MemoryRepo;
use base::{Cancel, Repo, Scope};

use super::{SemanticChange, What};

#[track_caller]
fn check(fixture: &str, expected: &[&str]) {
    let repo = MemoryRepo::fixture(fixture);
    let change = repo
        .change(&Scope::Worktree, &Cancel::new())
        .expect("a change");
    let semantic = SemanticChange::of(&repo, &change, &Cancel::new());
    let mut seen = Vec::new();
    for file in &semantic.files {
        for symbol in &file.symbols {
            let old = symbol.old.map(|index| file.old.qualified(index).join("."));
            let new = symbol.new.map(|index| file.new.qualified(index).join("."));
            let name = match (old, new) {
                (Some(old), Some(new)) if old != new => format!("{old}→{new}"),
                (Some(name), _) | (None, Some(name)) => name,
                (None, None) => String::new(),
            };
            let what = match &symbol.what {
                What::MovedTo(to, _) => format!("moved to {}", semantic.files[*to].path()),
                What::MovedFrom(from, _) => {
                    format!("moved from {}", semantic.files[*from].path())
                }
                what => format!("{what:?}").to_lowercase(),
            };
            seen.push(format!("{} {name}: {what}", file.path()));
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn definitions_are_added_taken_away_and_changed() {
    check(
        "\
//- old a.py
def stays(a):
    return a

def body(a):
    return a

def signature(a):
    return a

def gone(a):
    return 1
//- new a.py
def stays(a):

    return a

def body(a):
    return a + 1

def signature(a, b):
    return a

def fresh(x):
    raise Other(x, 3)
",
        &[
            "a.py body: body",
            "a.py signature: signature",
            "a.py fresh: added",
            "a.py gone: removed",
        ],
    );
}

#[test]
fn a_new_name_for_the_same_body_is_a_rename() {
    check(
        "\
//- old a.rs
fn load_rates(path: &str) -> Vec<u32> { let text = read(path); text.lines().map(parse).collect() }
//- new a.rs
fn read_rates(path: &str) -> Vec<u32> { let text = read(path); text.lines().map(parse).collect() }
",
        &["a.rs load_rates→read_rates: renamed"],
    );
}

#[test]
fn what_one_file_loses_and_another_gains_was_moved() {
    check(
        "\
//- old a.ts
export function total(items: Item[]) { return items.reduce((sum, item) => sum + item.price, 0); }
export const limit = 3;
//- new a.ts
export const limit = 3;
//- old b.ts
export const other = 1;
//- new b.ts
export const other = 1;
export function total(items: Item[]) { return items.reduce((sum, item) => sum + item.price, 0); }
",
        &["a.ts total: moved to b.ts", "b.ts total: moved from a.ts"],
    );
}

#[test]
fn overloads_are_told_apart_by_their_signatures() {
    check(
        "\
//- old A.java
class A {
  int f(int a) { return a; }
  int f(String a) { return 1; }
}
//- new A.java
class A {
  int f(String a) { return 2; }
  int f(int a) { return a; }
}
",
        &["A.java A.f: body"],
    );
}

#[test]
fn a_method_does_not_change_the_class_around_it() {
    check(
        "\
//- old a.py
class A:
    def f(self):
        return 1
    def g(self):
        return 2
//- new a.py
class A:
    def f(self):
        return 1
    def g(self):
        return 3
",
        &["a.py A.g: body"],
    );
}
