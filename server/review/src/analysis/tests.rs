//! Fixture changes in, remarks out: one list of lines per check.

use std::sync::Arc;

use base::history::History;
use base::memory::MemoryRepo;
use base::search::Index;
use base::{CheckKind, Repo, Report, Scope};

use super::fixtures::{HINTS, held, held_in};
use crate::context::tests::{Pairs, Plain};
use crate::tests::wait;
use crate::{Engine, Knowledge, Layers, Trust, review};

struct Known(Arc<Plain>, &'static [(&'static str, f32)]);

impl Knowledge for Known {
    fn index(&self) -> Option<Arc<dyn Index>> {
        Some(Arc::clone(&self.0) as Arc<dyn Index>)
    }

    fn history(&self, _base: Option<&str>) -> Arc<dyn History> {
        Arc::new(Pairs(self.1))
    }
}

/// The report of a fixture's change, without pattern rules.
pub(super) fn reviewed(fixture: &str, pairs: &'static [(&'static str, f32)]) -> Report {
    let quiet = match fixture.contains("//- obelus.toml") {
        true => fixture.to_owned(),
        false => format!("{fixture}//- obelus.toml\n[checks]\npattern = false\n{HINTS}"),
    };
    let repo = Arc::new(MemoryRepo::fixture(&quiet));
    let known: Arc<dyn Knowledge> = Arc::new(Known(Arc::new(Plain::of(&repo)), pairs));
    let engine = Engine::open(repo, Layers::default(), Trust::Worktree).expect("settings");
    let engine = Arc::new(engine);
    let repo = Arc::clone(engine.repo());
    let report = wait(review(
        engine,
        repo,
        Scope::Worktree,
        Some(known),
        None,
        Arc::new(|_| {}),
        base::Cancel::new(),
    ));
    held_in(report.expect("a report"))
}

/// The titles that a fixture's change gets when a commit with this message made it.
pub(super) fn titles_said(fixture: &str, message: &str, history: &dyn History) -> Vec<String> {
    let settings = format!("{fixture}//- obelus.toml\n[checks]\npattern = false\n{HINTS}");
    let repo = Arc::new(MemoryRepo::fixture(&settings));
    let index = Plain::of(&repo);
    let engine = Engine::open(Arc::clone(&repo) as _, Layers::default(), Trust::Worktree);
    let engine = engine.expect("settings");
    let cancel = base::Cancel::new();
    let change = repo.change(&Scope::Worktree, &cancel).expect("a change");
    let said = [base::Logged::new("1", message, false)];
    let found = {
        let around = crate::across::Surroundings {
            index: &index,
            history,
            said: &said,
        };
        let semantic = crate::semantic::SemanticChange::of(&*repo, &change, &cancel);
        crate::across::look_around(&engine, &*repo, around, &change, &semantic, &cancel)
    };
    held(&found.findings)
        .iter()
        .map(|one| one.title.clone())
        .collect()
}

/// `path:line rule: title`, then one line for each place of evidence: `  path:line note`.
#[track_caller]
pub(super) fn check(fixture: &str, expected: &[&str]) {
    check_with(fixture, &[], expected);
}

/// The same, where the history says that files go together.
#[track_caller]
fn check_with(fixture: &str, pairs: &'static [(&'static str, f32)], expected: &[&str]) {
    let report = reviewed(fixture, pairs);
    let line = |path: &base::RelPath, at: u32| {
        let text = report.sources.get(path).expect("its text");
        text.lines().line_of(at) + 1
    };
    let mut seen = Vec::new();
    for finding in &report.findings {
        assert_ne!(finding.check, CheckKind::Pattern);
        seen.push(format!(
            "{}:{} {}: {}",
            finding.path,
            line(&finding.path, finding.span.start),
            finding.rule,
            finding.title
        ));
        for place in &finding.evidence {
            let at = line(&place.path, place.span.start);
            seen.push(format!("  {}:{at} {}", place.path, place.note));
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn a_call_that_fits_the_old_signature_only_is_stale() {
    check(
        "\
//- old rates.py
def load(path):
    return open(path)
//- new rates.py
def load(path, zone):
    return open(path + zone)
//- quote.py
from rates import load

def quote():
    return load(\"eu.csv\")

def other():
    return load(\"eu.csv\", zone=\"eu\")
",
        &[
            "rates.py:1 analysis/stale-call: `load` has another signature now; 1 call still uses the old one",
            "  quote.py:4 passes 1 argument, 2 are taken",
        ],
    );
}

#[test]
fn a_default_breaks_nobody() {
    check(
        "\
//- old rates.py
def load(path):
    return open(path)
//- new rates.py
def load(path, zone=None):
    return open(path + zone)
//- quote.py
from rates import load

def quote():
    return load(\"eu.csv\")
",
        &[],
    );
}

#[test]
fn a_removed_parameter_breaks_those_who_pass_it() {
    check(
        "\
//- old src/area.rs
pub fn area(width: u32, height: u32) -> u32 { width * height }
//- new src/area.rs
pub fn area(size: Size) -> u32 { size.width * size.height }
//- src/main.rs
use crate::area::area;

fn main() {
    area(640, 480);
}
",
        &[
            "src/area.rs:1 analysis/stale-call: `area` has another signature now; 1 call still uses the old one",
            "  src/main.rs:4 passes 2 arguments, 1 are taken",
        ],
    );
}

#[test]
fn calls_in_the_old_order_are_named() {
    check(
        "\
//- old a.ts
export function area(width: number, height: number) { return width * height; }
//- new a.ts
export function area(height: number, width: number) { return width * height; }
//- b.ts
import { area } from \"./a\";
area(640, 480);
",
        &[
            "a.ts:1 analysis/reordered-parameters: The parameters of `area` changed places; 1 call still uses the old order",
            "  b.ts:2 passes them in the old order",
        ],
    );
}

#[test]
fn what_became_asynchronous_must_be_awaited() {
    check(
        "\
//- old a.ts
export function save(order: Order) { store.put(order); }
//- new a.ts
export async function save(order: Order) { await store.put(order); }
//- b.ts
import { save } from \"./a\";
async function one(order: Order) {
  save(order);
  await save(order);
  return save(order);
}
function two(order: Order) {
  save(order).then(done);
  const saved = save(order);
}
",
        &[
            "a.ts:1 analysis/call-not-awaited: `save` became asynchronous, and calls of it are not awaited",
            "  b.ts:3 is not awaited",
            "  b.ts:9 is not awaited",
        ],
    );
}

#[test]
fn what_others_use_stays_visible() {
    check(
        "\
//- old a.ts
export function load(path: string) { return path; }
//- new a.ts
function load(path: string) { return path; }
//- b.ts
import { load } from \"./a\";
load(\"x\");
",
        &[
            "a.ts:1 analysis/hidden-but-used: `load` is no longer visible to the files that use it",
            "  b.ts:1 uses it from another file",
            "  b.ts:2 uses it from another file",
        ],
    );
}

#[test]
fn a_constructor_is_called_by_its_class() {
    check(
        "\
//- old a.py
class Lexer:
    def __init__(self, text):
        self.text = text
//- new a.py
class Lexer:
    def __init__(self, text, strict):
        self.text = text
//- b.py
from a import Lexer

lexer = Lexer(\"x\")
",
        &[
            "a.py:2 analysis/stale-call: `Lexer.__init__` has another signature now; 1 call still uses the old one",
            "  b.py:3 passes 1 argument, 2 are taken",
        ],
    );
}

#[test]
fn what_is_gone_and_still_named_is_told_at_its_first_use() {
    check(
        "\
//- old rates.py
def load_rates(path):
    with open(path) as lines:
        return [parse(line) for line in lines]
//- new rates.py
def read_rates(path):
    with open(path) as lines:
        return [parse(line) for line in lines]
//- quote.py
from rates import load_rates

def quote():
    return load_rates(\"eu.csv\")
",
        &[
            "quote.py:1 analysis/dangling-reference: `load_rates` was renamed to `read_rates` and is still used here",
            "  quote.py:4 uses it too",
        ],
    );
}

#[test]
fn a_name_that_came_back_another_way_is_not_gone() {
    check(
        "\
//- old rates.py
def load(path):
    return open(path)
//- new rates.py
from files import load
//- files.py
def load(path):
    return open(path)
//- quote.py
from rates import load
load(1)
",
        &[],
    );
}

#[test]
fn a_method_that_others_define_too_is_left_alone() {
    check(
        "\
//- old a.py
class Child(Base):
    def run(self):
        return 1
    def go(self):
        return self.run()
//- new a.py
class Child(Base):
    def go(self):
        return self.run()
//- base.py
class Base:
    def run(self):
        return 2
",
        &[],
    );
}

#[test]
fn a_partner_that_did_not_follow_is_named() {
    let fixture = "\
//- old a.c
int a;
//- new a.c
int a = 1;
//- a.h
extern int a;
";
    check_with(
        fixture,
        &[("a.h", 0.9)],
        &[
            "a.c:1 history/missing-partner: a.h changes with this file in 9 of 10 commits, and did not",
            "  a.h:1 was not changed",
        ],
    );
    check_with(fixture, &[("a.h", 0.7)], &[]);
}

#[test]
fn documentation_follows_the_signature() {
    check(
        "\
//- old a.py
def load(file, zone):
    \"\"\"Loads the rates.

    :param file: where they are
    :param zone: which
    \"\"\"
//- new a.py
def load(path, zone):
    \"\"\"Loads the rates.

    :param file: where they are
    :param zone: which
    \"\"\"
",
        &["a.py:4 analysis/docs-name-a-gone-parameter: `load` no longer takes `file`"],
    );
    check(
        "\
//- old a.ts
/** @param path where */
export function load(path: string) {}
//- new a.ts
/** @param path where */
export function load(path: string, zone?: string) {}
",
        &[],
    );
}

#[test]
fn a_function_that_became_hard_to_follow_is_told() {
    let nested = "    if a:\n        for b in a:\n            while b:\n                if c:\n                    if d and e or f:\n                        if g:\n                            pass\n        else:\n            if h:\n                pass\n";
    check(
        &format!(
            "//- old a.py\ndef f(a):\n    return a\n//- new a.py\ndef f(a):\n{nested}    return a\n"
        ),
        &["a.py:1 analysis/complexity-jump: The cognitive complexity of `f` rises from 0 to 26"],
    );
    // It was so before.
    check(
        &format!(
            "//- old a.py\ndef f(a):\n{nested}    return a\n//- new a.py\ndef f(a):\n{nested}    return a + 1\n"
        ),
        &[],
    );
}

#[test]
fn the_complexity_of_the_neighbours_is_theirs() {
    let hard = "fn g(a: &[u8]) {\n    for b in a { if *b > 1 { while *b > 2 { if *b > 3 { if *b > 4 { loop { if *b > 5 {} } } } } } }\n}\n";
    check(
        &format!(
            "//- old a.rs\n{hard}//- new a.rs\n{hard}\n#[cold]\nfn f(a: u8) -> u8 {{\n    a\n}}\n"
        ),
        &[],
    );
}

#[test]
fn thresholds_are_those_of_the_configuration() {
    let settings = "//- obelus.toml\n[checks]\npattern = false\n[thresholds]\ncomplexity = 2\ncomplexity_rise = 1\n";
    let code = "//- old a.py\ndef f(a):\n    return a\n//- new a.py\ndef f(a):\n    if a:\n        for b in a:\n            pass\n    return a\n";
    check(
        &format!("{code}{settings}"),
        &["a.py:1 analysis/complexity-jump: The cognitive complexity of `f` rises from 0 to 3"],
    );
    check(code, &[]);
}

#[test]
fn a_constructor_of_rust_that_was_brought_up_to_date_is_fine() {
    check(
        "\
//- old src/types.rs
pub struct Types;
impl Types {
    fn new(selected: u8, defs: u8) -> Types { Types }
    pub fn empty() -> Types {
        Types::new(1, 2)
    }
}
//- new src/types.rs
pub struct Types;
impl Types {
    fn new(selected: u8, has: bool, defs: u8) -> Types { Types }
    pub fn empty() -> Types {
        Types::new(1, false, 2)
    }
}
",
        &[],
    );
}

#[test]
fn a_script_that_is_gone_is_told_where_it_is_imported() {
    check(
        "\
//- old lib/rates.ts
export function loadRates(path: string) { return path; }
//- app/quote.ts
import { loadRates } from \"../lib/rates\";
export const quote = loadRates(\"x\");
",
        &[
            "app/quote.ts:1 analysis/dangling-reference: lib/rates.ts was removed and is still imported here",
        ],
    );
}

#[test]
fn a_method_of_a_type_that_nobody_defines_any_more_is_gone_for_those_who_know_the_type() {
    check(
        "\
//- old rates.py
class Rates:
    def load_rates(self, path):
        return path
    def other(self):
        return 1
//- new rates.py
class Rates:
    def other(self):
        return 1
//- quote.py
from rates import Rates

def quote(rates):
    return Rates().load_rates(\"eu.csv\") + rates.other()
//- other/else.py
def unknown(thing):
    return thing.load_rates(\"x\")
",
        &[
            "quote.py:4 analysis/dangling-reference: `load_rates` was removed and is still used here",
        ],
    );
}

#[test]
fn a_function_that_is_exported_again_elsewhere_is_missed_there() {
    check(
        "\
//- old crates/cli/src/escape.rs
pub fn escape_os(string: &str) -> String {
    let bytes = string.as_bytes();
    escape(bytes)
}
pub fn escape(bytes: &[u8]) -> String { String::new() }
//- new crates/cli/src/escape.rs
pub fn escape_os_anew(string: &str) -> String {
    let bytes = string.as_bytes();
    escape(bytes)
}
pub fn escape(bytes: &[u8]) -> String { String::new() }
//- crates/cli/src/lib.rs
mod escape;
pub use crate::escape::{escape, escape_os};
fn name(string: &str) -> String {
    escape_os(string)
}
//- crates/cli/src/pattern.rs
use crate::escape::escape_os;
fn name(string: &str) -> String {
    format!(\"{}\", escape_os(string))
}
",
        &[
            "crates/cli/src/lib.rs:2 analysis/dangling-reference: `escape_os` was renamed to `escape_os_anew` and is still used here",
            "  crates/cli/src/lib.rs:4 uses it too",
            "  crates/cli/src/pattern.rs:1 uses it too",
            "  crates/cli/src/pattern.rs:3 uses it too",
        ],
    );
}

#[test]
fn a_test_inside_the_file_that_imports_what_is_gone_does_not_keep_it() {
    check(
        "\
//- old src/names.rs
pub fn file_name_ext(name: &str) -> &str { name }
#[cfg(test)]
mod tests {
    use super::{file_name_ext};
    #[test]
    fn one() { assert_eq!(file_name_ext(\"a\"), \"a\"); }
}
//- new src/names.rs
#[cfg(test)]
mod tests {
    use super::{file_name_ext};
    #[test]
    fn one() { assert_eq!(file_name_ext(\"a\"), \"a\"); }
}
//- src/lib.rs
mod names;
use crate::names::file_name_ext;
fn one() { file_name_ext(\"b\"); }
",
        &[
            "src/lib.rs:2 analysis/dangling-reference: `file_name_ext` was removed and is still used here",
            "  src/lib.rs:3 uses it too",
            "  src/names.rs:3 uses it too",
            "  src/names.rs:5 uses it too",
        ],
    );
}

#[test]
fn a_method_of_a_type_with_a_known_base_is_gone_for_all_of_it() {
    check(
        "\
//- base.py
class Dispatcher:
    def close(self):
        return 1
//- old net/conn.py
from base import Dispatcher
class Connection(Dispatcher):
    def start_tunnel(self, url):
        return url
    def other(self):
        return 1
//- new net/conn.py
from base import Dispatcher
class Connection(Dispatcher):
    def other(self):
        return 1
//- net/proxy.py
def tunnel(connection):
    return connection.start_tunnel(\"x\")
",
        &[
            "net/proxy.py:2 analysis/dangling-reference: `start_tunnel` was removed and is still used here",
        ],
    );
}

#[test]
fn references_are_passed_by_place_too() {
    check(
        "\
//- old src/area.rs
pub fn area_of(width: &u32, height: &u32) -> u32 { 1 }
//- new src/area.rs
pub fn area_of(height: &u32, width: &u32) -> u32 { 1 }
//- src/main.rs
use crate::area::area_of;
fn main() { area_of(&640, &480); }
",
        &[
            "src/area.rs:1 analysis/reordered-parameters: The parameters of `area_of` changed places; 1 call still uses the old order",
            "  src/main.rs:2 passes them in the old order",
        ],
    );
}

#[test]
fn a_type_that_went_to_another_file_is_not_gone() {
    check(
        "\
//- old net/Reader.kt
package net
class Reader {
  sealed interface Record { fun a(): Int }
  fun read(): Record? = null
}
//- new net/Reader.kt
package net
class Reader {
  fun read(): Record? = null
}
//- new net/Message.kt
package net
internal sealed interface Record {
  val name: String
  data class Https(val priority: Int, val other: String) : Record
}
",
        &[],
    );
}

#[test]
fn a_module_of_the_library_is_not_a_file_of_that_name() {
    check(
        "\
//- old net/backends/asyncio.py
class Event:
    def __init__(self):
        self.flag = False
    def wait(self):
        return self.flag
//- new net/backends/asyncio.py
class Lock:
    def __init__(self):
        self.flag = False
    def wait(self):
        return self.flag
//- tests/conftest.py
import asyncio

def restart():
    return asyncio.Event()
",
        &[],
    );
}

#[test]
fn what_hands_on_to_another_of_its_name_is_not_its_own_caller() {
    check(
        "\
//- old http2.py
class Stream:
    def send_data(self, stream, data):
        self.state.send_data(stream, data)
//- new http2.py
class Stream:
    def send_data(self, stream, data, timeout):
        self.state.send_data(stream, data)
",
        &[],
    );
}

#[test]
fn what_is_iterated_is_not_awaited() {
    check(
        "\
//- old a.py
def stream_all(order):
    return order
//- new a.py
async def stream_all(order):
    yield order
//- b.py
from a import stream_all

def one(order):
    parts = stream_all(order)
",
        &[],
    );
}

#[test]
fn an_import_that_closes_a_circle_is_told_with_the_way_back() {
    let fixture = |import: &str| {
        format!(
            "\
//- old orders.py
def order():
    return 1
//- new orders.py
{import}

def order():
    return 1
//- customers.py
from shops import shop

def customer():
    return 2
//- shops.py
from orders import order

def shop():
    return order()
"
        )
    };
    check(
        &fixture("from customers import customer"),
        &[
            "orders.py:1 analysis/import-cycle: This import closes a circle of 3 files",
            "  customers.py:1 imports shops.py",
            "  shops.py:1 imports orders.py",
        ],
    );
    check(&fixture("import os"), &[]);
}

#[test]
fn what_is_internal_is_used_by_its_own() {
    let fixture = |importer: &str| {
        format!(
            "//- auth/internal/hash.ts\nexport function hashOf(text: string) {{ return text; }}\n//- old {importer}\nexport const x = 1;\n//- new {importer}\nimport {{ hashOf }} from \"../auth/internal/hash\";\nexport const x = hashOf(\"a\");\n"
        )
    };
    check(
        &fixture("web/session.ts"),
        &[
            "web/session.ts:1 analysis/internal-used: `hashOf` is internal to auth",
            "  auth/internal/hash.ts:1 is kept there",
        ],
    );
    check(&fixture("auth/session.ts"), &[]);
    let used = "//- web/other.ts\nimport { hashOf } from \"../auth/internal/hash\";\nexport const y = hashOf(\"b\");\n";
    check(&(fixture("web/session.ts") + used), &[]);
}

#[test]
fn layers_are_kept_apart() {
    let settings = "//- obelus.toml\n[checks]\npattern = false\n[[layers]]\nname = \"domain\"\npaths = [\"domain\"]\nuses = []\n[[layers]]\nname = \"web\"\npaths = [\"web\"]\nuses = [\"domain\"]\n";
    let code = "\
//- web/session.py
def session():
    return 1
//- domain/clock.py
def now():
    return 1
";
    check(
        &format!("{code}//- new domain/order.py\nfrom web.session import session\n{settings}"),
        &[
            "domain/order.py:1 analysis/layer-crossed: The layer `domain` may not import from `web`",
            "  web/session.py:1 belongs to the other layer",
        ],
    );
    check(
        &format!("{code}//- new web/order.py\nfrom domain.clock import now\n{settings}"),
        &[],
    );
}
