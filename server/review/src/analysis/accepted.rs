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
