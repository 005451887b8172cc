//! What was said about accepted commits of real repositories and was wrong, which must not be said again, and faults that
//! were made in them and missed.

use super::tests::check;

#[test]
fn one_more_parameter_at_the_end_may_be_left_out_where_nothing_minds() {
    check(
        "\
//- old reply.js
function send (payload) { return payload }
module.exports = { send }
//- new reply.js
function send (payload, serializeSchema) { return payload }
module.exports = { send }
//- example.js
const { send } = require('./reply')
send({ hello: 'world' })
",
        &[],
    );
}

#[test]
fn a_function_of_the_standard_library_is_not_the_one_that_changed() {
    check(
        "\
//- old tests/smoke.rs
fn exit(code: i32) -> Command { Command::new(code) }
//- new tests/smoke.rs
fn exit() -> Command { Command::new(0) }
//- src/bin/exit.rs
fn main() { std::process::exit(3); }
",
        &[],
    );
}

#[test]
fn a_receiver_with_a_type_is_no_parameter() {
    check(
        "\
//- old entry.rs
struct Entry;
impl Entry {
    fn init_inner(&mut self) { self.go() }
    fn poll(&mut self) { self.init_inner(); }
}
//- new entry.rs
struct Entry;
impl Entry {
    fn init_inner(self: Pin<&mut Self>) { self.go() }
    fn poll(&mut self) { self.init_inner(); }
}
",
        &[],
    );
}

#[test]
fn what_is_declared_inside_a_macro_is_there() {
    check(
        "\
//- old entry.rs
pub(crate) struct TimerEntry { inner: u8 }
unsafe impl Send for TimerEntry {}
//- new entry.rs
pin_project! {
    pub(crate) struct TimerEntry { #[pin] inner: u8 }
}
unsafe impl Send for TimerEntry {}
",
        &[],
    );
}

#[test]
fn a_method_of_another_type_with_that_name_is_not_gone() {
    check(
        "\
//- old lib.rs
pub struct Spawner;
impl Spawner {
    pub fn spawn(&self) -> u8 { 1 }
}
impl CommandExt for Command {
    fn spawn_async(&mut self) -> u8 { self.spawn() }
}
//- new lib.rs
pub struct Spawner;
impl CommandExt for Command {
    fn spawn_async(&mut self) -> u8 { self.spawn() }
}
",
        &[],
    );
}

#[test]
fn a_member_that_there_is_not_was_not_forgotten() {
    check(
        "\
//- old level.rs
fn next(&self, slot: u8) -> u8 {
    slot
}
//- new level.rs
fn next(&self, slot: u8) -> u8 {
    let level_range = level_range(self.level);
    let slot_range = slot_range(self.level);
    self.slots.clear();
    slot + slot_range + level_range
}
",
        &[],
    );
}

#[test]
fn a_test_that_must_not_come_by_there_any_more_is_no_weaker() {
    check(
        "\
//- old lib/hooks.js
function run () { return 1 }
//- new lib/hooks.js
function run () { return 2 }
//- old test/hooks.test.js
test('it', t => {
  t.plan(3)
  hook((request, error) => {
    t.same(error, { hello: 'world' })
    t.ok(request.raw.aborted)
  })
  t.equal(run(), 1)
})
//- new test/hooks.test.js
test('it', t => {
  t.plan(1)
  hook((request, error) => {
    t.fail('must not be called')
  })
  t.equal(run(), 1)
})
",
        &[],
    );
}

#[test]
fn declarations_of_types_are_never_loaded() {
    check(
        "\
//- types/route.d.ts
import { LogLevel } from './logger'
export interface Route { level: LogLevel }
//- old types/logger.d.ts
export type LogLevel = string
//- new types/logger.d.ts
import { Route } from './route'
export type LogLevel = string | Route
",
        &[],
    );
}

#[test]
fn a_pair_of_methods_is_alike_by_design() {
    let poll = |name: &str| {
        format!(
            "    pub fn poll_{name}_ready(&self, cx: &mut Context) -> Poll<io::Result<Guard>> {{\n        let event = ready!(self.registration.poll_ready(cx))?;\n        let guard = Guard::new(self, Some(event));\n        if guard.is_cleared() && event.tick() > 3 {{\n            return Poll::Ready(Err(closed(event)));\n        }}\n        Poll::Ready(Ok(guard.into()))\n    }}\n"
        )
    };
    let file = |more: &str| format!("impl AsyncFd {{\n{}{more}}}\n", poll("write"));
    check(
        &format!(
            "//- old fd.rs\n{}//- new fd.rs\n{}",
            file(""),
            file(&poll("read"))
        ),
        &[],
    );
}

#[test]
fn siblings_are_named_after_the_call_that_differs() {
    let poll = |name: &str, call: &str| {
        format!(
            "pub fn poll_{name}(io: &Socket, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {{\n    let n = ready!(io.registration().poll_read_io(cx, || {{\n        let b = unsafe {{ &mut *(buf.unfilled_mut() as *mut [u8]) }};\n        io.{call}(b)\n    }}))?;\n    unsafe {{ buf.assume_init(n) }};\n    buf.advance(n);\n    Poll::Ready(Ok(()))\n}}\n"
        )
    };
    let fixture = |name: &str, call: &str| {
        format!(
            "//- src/udp.rs\n{}//- old src/tcp.rs\n//- new src/tcp.rs\n{}",
            poll("recv", "recv"),
            poll(name, call)
        )
    };
    check(&fixture("peek", "peek"), &[]);
    check(
        &fixture("taken", "recv"),
        &[
            "src/tcp.rs:1 analysis/already-exists: `poll_taken` does the same as `poll_recv`, which already exists",
            "  src/udp.rs:1 is the one that exists",
        ],
    );
}

#[test]
fn the_variants_of_an_enumeration_do_not_bring_what_is_gone() {
    let file = |more: &str| {
        format!(
            "use self::Kind::*;\npub struct Error;\npub enum Kind {{ One }}\nimpl Error {{\n{more}    pub fn other(&self) {{}}\n}}\n"
        )
    };
    check(
        &format!(
            "//- old src/error.rs\n{}//- new src/error.rs\n{}//- src/driver.rs\nuse error::Error;\nfn go() -> Result {{ Err(Error::at_capacity()) }}\n",
            file("    pub fn at_capacity() -> Error { Error }\n"),
            file("")
        ),
        &[
            "src/driver.rs:2 analysis/dangling-reference: `at_capacity` was removed and is still used here",
        ],
    );
}

#[test]
fn what_became_asynchronous_and_is_looked_into_is_not_awaited() {
    check(
        "\
//- old multi.py
class Stream:
    def fields_of(self, data):
        return data
    def all(self, data):
        return list(self.fields_of(data))
//- new multi.py
class Stream:
    async def fields_of(self, data):
        return data
    def all(self, data):
        return list(self.fields_of(data))
",
        &[
            "multi.py:2 analysis/call-not-awaited: `fields_of` became asynchronous, and calls of it are not awaited",
            "  multi.py:5 is not awaited",
        ],
    );
}

#[test]
fn what_every_program_answers_is_not_gone() {
    check(
        "\
//- old src/args.rs
fn app() { Arg::new(\"v\").long(\"version\"); Arg::new(\"m\").long(\"max-count\"); }
//- new src/args.rs
fn app() { Arg::new(\"m\").long(\"max-count\"); }
//- Cargo.toml
[package]
name = \"tool\"
//- README.md
Run `tool --version`.
",
        &[],
    );
}

#[test]
fn what_overrides_its_parent_may_go() {
    check(
        "\
//- old Command.php
<?php
class BaseCommand extends Command {
  public function getApplication() { return parent::getApplication(); }
  public function run() { return $this->getApplication(); }
}
//- new Command.php
<?php
class BaseCommand extends Command {
  public function run() { return $this->getApplication(); }
}
//- Other.php
<?php
namespace Other;
class Command { public function other() { return 1; } }
",
        &[],
    );
}

#[test]
fn what_handed_on_to_anothers_method_of_its_name_was_not_it() {
    check(
        "\
//- old http2.py
class Connection:
    def initiate_connection(self):
        self.state.initiate_connection()
//- new http2.py
class Connection:
    def send_connection_init(self):
        self.state.initiate_connection()
",
        &[],
    );
}

#[test]
fn a_getter_of_two_words_may_be_another_types() {
    check(
        "\
//- old http/Line.java
package http;
class Line {
  String getStatusLine() { return text; }
}
//- new http/Line.java
package http;
class Line {
}
//- client/ClientTest.java
package client;
class ClientTest {
  void test(Response response) { assertEquals(422, response.getStatusLine()); }
}
",
        &[],
    );
}

#[test]
fn a_call_that_the_change_writes_is_in_the_new_order() {
    check(
        "\
//- old rule.js
function invalid (code, type, config) { return [code, type, config] }
invalid('a', 'A')
//- new rule.js
function invalid (code, output, type, config) { return [code, output, type, config] }
invalid('a', 'b', 'A')
",
        &[],
    );
}

#[test]
fn what_gave_a_promise_before_and_is_waited_for_in_a_list_did_not_become_asynchronous() {
    let file = |old: &str, new: &str| {
        format!(
            "//- old a.ts\nexport class A {{\n  {old} {{ return put(name); }}\n  async all() {{\n    await Promise.all([\n      this.addRelation(1),\n    ]);\n  }}\n}}\n\
             //- new a.ts\nexport class A {{\n  {new} {{ return put(name); }}\n  async all() {{\n    await Promise.all([\n      this.addRelation(1),\n    ]);\n  }}\n}}\n"
        )
    };
    for old in [
        "addRelation(name: any): Promise<void>",
        "addRelation(name: any)",
    ] {
        check(
            &file(old, "async addRelation(name: any): Promise<void>"),
            &[],
        );
    }
}

#[test]
fn a_field_that_became_private_beside_its_method_is_still_there() {
    check(
        "\
//- old Reader.java
class Reader {
  int maxTableCount = 4096;
}
//- new Reader.java
class Reader {
  private int maxTableCount;
  int maxTableCount() { return maxTableCount; }
}
//- ReaderTest.java
class ReaderTest {
  void test(Reader reader) { reader.maxTableCount(); }
}
",
        &[],
    );
}

#[test]
fn a_parameter_that_is_taken_apart_keeps_its_documentation() {
    check(
        "\
//- old comments.js
/**
 * @param {Token[]} group what belongs together
 */
function isDoc (group) { return group[0].type }
//- new comments.js
/**
 * @param {Token[]} group what belongs together
 */
function isDoc ([first]) { return first.type }
",
        &[],
    );
}

#[test]
fn another_expectation_is_not_a_weaker_one() {
    let test = |line: &str| {
        format!(
            "from shop import total\n\ndef test_total():\n    order = total([1, 2], 3)\n    log(order)\n    {line}\n"
        )
    };
    for (old, new) in [
        ("assert order.code == \"a\"", "assert order.code is None"),
        ("assertTrue(order.closed)", "assertFalse(order.closed)"),
        (
            "order.put.assert_called_with(1, reply=True)",
            "order.put.assert_called_with(1)",
        ),
        (
            "assertItemsEqual([1, 2], order.calls)",
            "assert_has_calls([1, 2], order.calls, any_order=True)",
        ),
        (
            "assert \"no such\" in order.output\n    assert \"--ini\" in order.output",
            "assert \"no such option: --ini\" in order.output",
        ),
    ] {
        check(
            &format!(
                "//- old shop.py\ndef total(items, rate):\n    return sum(items)\n\
                 //- new shop.py\ndef total(items, rate):\n    return sum(items) + 1\n\
                 //- old tests/test_shop.py\n{}//- new tests/test_shop.py\n{}",
                test(old),
                test(new)
            ),
            &[],
        );
    }
}

#[test]
fn a_new_circle_is_told_once_and_an_old_one_not_again() {
    check(
        "\
//- new a.py
from b import two
def one(): return two()
//- new b.py
from a import one
def two(): return one()
",
        &[
            "a.py:1 analysis/import-cycle: This import closes a circle of 2 files",
            "  b.py:1 imports a.py",
        ],
    );
    check(
        "\
//- old a.py
from b import two
def one(): return two()
//- new a.py
from b import two
from c import three
def one(): return two() + three()
//- b.py
from c import three
from a import one
def two(): return three()
//- c.py
from a import one
def three(): return 3
",
        &[],
    );
}

#[test]
fn a_guard_whose_words_are_said_elsewhere_now_has_moved() {
    let file = |guard: &str, end: &str| {
        format!(
            "def proceed(chain, request):\n    response = chain.ask(request)\n{guard}    response.close_it()\n    return response{end}\n"
        )
    };
    let guard = "    if response is None:\n        raise Wrong(\"the chain returned nothing\")\n";
    check(
        &format!(
            "//- old chain.py\n{}//- new chain.py\n{}",
            file(guard, ""),
            file(
                "",
                "\n\ndef ask(request):\n    return get(request) or fail(\"the chain returned nothing\")"
            )
        ),
        &[],
    );
    check(
        &format!(
            "//- old chain.py\n{}//- new chain.py\n{}",
            file(guard, ""),
            file("", "")
        ),
        &[
            "chain.py:1 analysis/guard-removed: `proceed` no longer leaves early on `response is None`",
        ],
    );
}

#[test]
fn a_page_does_not_speak_of_what_a_sample_defines() {
    for (folder, found) in [("samples", false), ("src", true)] {
        let seen = super::tests::reviewed(
            &format!(
                "//- old {folder}/app.py\ndef setup_periodic_tasks(sender):\n    sender.add(1)\n\
                 //- new {folder}/app.py\n# nothing\n\
                 //- docs/tasks.md\nWrite a `setup_periodic_tasks` of your own.\n"
            ),
            &[],
        );
        let is_told = |one: &base::Finding| one.rule.as_str() == "analysis/docs-name-what-is-gone";
        assert_eq!(seen.findings.iter().any(is_told), found, "{folder}");
    }
}

#[test]
fn a_package_of_java_may_have_several_roots() {
    check(
        "\
//- core/src/main/java/org/shop/internal/Money.java
package org.shop.internal;
public class Money {}
//- old core/src/jvm/java/org/shop/Till.java
package org.shop;
class Till {}
//- new core/src/jvm/java/org/shop/Till.java
package org.shop;
import org.shop.internal.Money;
class Till { Money money; }
",
        &[],
    );
}

#[test]
fn an_assertion_of_ruby_may_get_its_parentheses() {
    let file = |assertion: &str| {
        format!(
            "class ShopTest < TestCase\n  def test_total\n    order = total([1, 2])\n    log(order)\n    keep(order, 3)\n    send(order.id, 4)\n    wait_for(order.name)\n    close_all(order)\n{assertion}  end\nend\n"
        )
    };
    let bare = "    assert_equal [1, order].flatten,\n      order.sum(2)\n";
    for (new, found) in [
        (
            "    assert_equal(\n      [1, order].flatten,\n      order.sum(2)\n    )\n",
            0,
        ),
        ("", 1),
    ] {
        let fixture = format!(
            "//- old lib/shop.rb\ndef total(items)\n  items.sum\nend\n//- new lib/shop.rb\ndef total(items)\n  items.sum + 1\nend\n\
             //- old test/shop_test.rb\n{}//- new test/shop_test.rb\n{}",
            file(&format!("{bare}    assert_equal 2, order.count\n")),
            file(&format!("{new}    assert_equal 2, order.count\n"))
        );
        let seen = super::tests::reviewed(&fixture, &[]).findings;
        let told = seen
            .iter()
            .filter(|one| one.rule.as_str() == "analysis/test-weakened");
        assert_eq!(told.count(), found, "{new}");
    }
}

#[test]
fn a_block_after_the_list_is_an_argument() {
    check(
        "\
//- old Job.kt
class Job {
  fun finish(list: List) { notifyHandlers(list, cause) }
  private fun notifyHandlers(list: List, cause: Cause) { list.go(cause) }
}
//- new Job.kt
class Job {
  fun finish(list: List) { notifyHandlers(list, cause) { true } }
  private fun notifyHandlers(list: List, cause: Cause, wanted: (Node) -> Boolean) { list.go(cause, wanted) }
}
",
        &[],
    );
}

#[test]
fn what_overrides_has_the_defaults_of_its_parent() {
    check(
        "\
//- old Channel.kt
interface Readable { fun readPacket(size: Int): Packet }
class Channel : Readable {
  override fun readPacket(size: Int): Packet = take(size)
}
//- new Channel.kt
interface Readable { fun readPacket(size: Int, hint: Int = 0): Packet }
class Channel : Readable {
  override fun readPacket(size: Int, hint: Int): Packet = take(size + hint)
}
//- ChannelTest.kt
class ChannelTest {
  fun test(channel: Channel) { channel.readPacket(3) }
}
",
        &[],
    );
}

#[test]
fn a_package_of_go_is_the_one_that_is_imported() {
    let file = |import: &str| {
        format!(
            "//- go.mod\nmodule example.org/shop\n\
             //- old mail/templates/template.go\npackage templates\n\nfunc NewSet() int {{ return 1 }}\n\
             //- new mail/templates/template.go\npackage templates\n\
             //- mail/send.go\npackage mail\n\nimport \"{import}\"\n\nfunc Send() int {{ return template.NewSet() }}\n"
        )
    };
    check(&file("html/template"), &[]);
}

#[test]
fn an_enumeration_of_that_name_in_the_file_is_its_own() {
    let choice = "fun ask(mode: Mode) = when (mode) {\n  Mode.FIRST -> 1\n  Mode.LAST -> 2\n  Mode.SINGLE -> 3\n}\n";
    check(
        &format!(
            "//- old rx/Await.kt\nenum class Mode {{\n  FIRST,\n  LAST,\n  SINGLE\n}}\n\
             //- new rx/Await.kt\nenum class Mode {{\n  FIRST,\n  LAST,\n  SINGLE,\n  DEFAULT\n}}\n\
             //- rx2/Await.kt\nprivate enum class Mode {{\n  FIRST,\n  LAST,\n  SINGLE\n}}\n{choice}"
        ),
        &[],
    );
}

#[test]
fn what_is_declared_for_everybody_is_not_gone() {
    check(
        "\
//- old i18n.ts
export type Locale = \"en\" | \"zh\";
export const setLocale = (locale: Locale) => { keep(locale); };
//- new i18n.ts
export const setLocale = (locale: Locale) => { keep(locale); };
//- types/i18n.d.ts
type Locale = \"en\" | \"zh\";
",
        &[],
    );
}

#[test]
fn functions_of_one_shape_for_two_subjects_are_no_copies() {
    let file = |subject: &str, of: &str| {
        format!(
            "package api\n\nfunc handleDelete{subject}(w Writer, r *Request) {{\n\tvars := readVars(r)\n\tid, err := parseNumber(vars[\"id\"])\n\t\
             if err != nil {{\n\t\tw.Fail(http.StatusBadRequest)\n\t\treturn\n\t}}\n\t\
             if !isAllowed(r, id) {{\n\t\tw.Fail(http.StatusForbidden)\n\t\treturn\n\t}}\n\t\
             {of}, err := store.delete{subject}(id)\n\tif err != nil {{\n\t\tw.Fail(http.StatusInternal)\n\t\treturn\n\t}}\n\t\
             w.Header().Set(\"Content-Type\", \"application/json\")\n\tw.Encode({of})\n\tlogged(r, {of})\n}}\n"
        )
    };
    let fixture = |new: String| {
        format!(
            "//- api/memo.go\n{}//- old api/resource.go\npackage api\n//- new api/resource.go\n{new}",
            file("Memo", "memo")
        )
    };
    check(&fixture(file("Resource", "resource")), &[]);
    check(
        &fixture(file("Memo", "memo").replace("func handleDeleteMemo", "func handleRemove")),
        &[
            "api/resource.go:3 analysis/already-exists: `handleRemove` does the same as `handleDeleteMemo`, which already exists",
            "  api/memo.go:3 is the one that exists",
        ],
    );
}
