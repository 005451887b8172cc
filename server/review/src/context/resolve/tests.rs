//! Fixture workspaces: where the mention between `⟦` and `⟧` leads, and how surely.

use base::memory::MemoryRepo;
use base::search::Index;
use base::{At, ReferenceKind, RelPath};

use super::Resolver;
use crate::context::tests::Plain;

/// The marked mention leads to `expected`: `path: qualified.name`, with `?` behind it where others are as likely.
#[track_caller]
fn check(fixture: &str, expected: &[&str]) {
    let mut before = String::new();
    let mut marked = None;
    let mut path = String::new();
    let mut start = 0;
    for line in fixture.split_inclusive('\n') {
        if let Some(named) = line.trim_end().strip_prefix("//- ") {
            path = named.to_owned();
            start = 0;
            before.push_str(line);
            continue;
        }
        if let Some(at) = line.find('⟦') {
            marked = Some((path.clone(), start + at));
        }
        let plain = line.replace(['⟦', '⟧'], "");
        start += plain.len();
        before.push_str(&plain);
    }
    let (path, at) = marked.expect("a mark");
    let repo = MemoryRepo::fixture(&before);
    let index = Plain::of(&repo);
    let path = RelPath::new(&path).expect("a path");
    let outline = index.outline(&path).expect("an outline");
    let mention = outline
        .outline
        .references
        .iter()
        .find(|it| it.span.start as usize == at)
        .unwrap_or_else(|| panic!("no mention there: {:#?}", outline.outline.references));
    let resolver = Resolver::new(&index).configured(&repo, &At::Worktree);
    let found: Vec<String> = resolver
        .definitions_of(&path, mention)
        .into_iter()
        .map(|it| {
            let doubt = if it.ambiguous { "?" } else { "" };
            let name = it.definition.qualified.join(".");
            format!("{}: {name}{doubt}", it.definition.path)
        })
        .collect();
    assert_eq!(found, expected);
}

const PAGES: &str = r#"
//- packages/core/src/page.ts
import { Frame } from "./frame";
export class Base { dispose() {} }
export class Page extends Base {
  readonly main: Frame;
  frames(): Frame[] { return [this.main]; }
  static make(): Page { return new Page(); }
  async wait(): Promise<Frame> { return this.main; }
}
//- packages/core/src/frame.ts
export class Frame { close() {} name = ""; }
export class Socket { close() {} }
//- packages/core/src/index.ts
export * from "./page";
export { Frame as MainFrame } from "./frame";
//- tsconfig.json
{ "compilerOptions": { "paths": { "@core/*": ["./packages/core/src/*"] } } }
"#;

#[track_caller]
fn check_pages(text: &str, expected: &[&str]) {
    check(&format!("{PAGES}//- app/use.ts\n{text}"), expected);
}

const CLOSE: &[&str] = &["packages/core/src/frame.ts: Frame.close"];

#[test]
fn a_member_is_that_of_the_receivers_type() {
    let import = "import { Page } from \"@core/page\";\n";
    for body in [
        "function f(page: Page) { page.main.⟦close⟧(); }",
        "function f() { const page = new Page(); page.main.⟦close⟧(); }",
        "function f(page: Page) { page.frames()[0].⟦close⟧(); }",
        "function f(page: Page) { for (const frame of page.frames()) frame.⟦close⟧(); }",
        "function f(page: Page) { page.frames().map(frame => frame.⟦close⟧()); }",
        "async function f(page: Page) { const frame = await page.wait(); frame.⟦close⟧(); }",
        "async function f(page: Page) { (await page.wait()).⟦close⟧(); }",
        "function f(page: Page) { const { main } = page; main.⟦close⟧(); }",
        "class A { constructor(private page: Page) {} f() { this.page.main.⟦close⟧(); } }",
        "class A { private pages = new Map<string, Page>(); f() { this.pages.get(\"\")!.main.⟦close⟧(); } }",
        "function make() { return Page.make(); }\nfunction f() { make().main.⟦close⟧(); }",
    ] {
        check_pages(&format!("{import}{body}\n"), CLOSE);
    }
}

#[test]
fn imports_are_followed_through_what_passes_them_on() {
    let page = &["packages/core/src/page.ts: Page"];
    let frame = &["packages/core/src/frame.ts: Frame"];
    check_pages(
        "import { Page } from \"@core/index\";\nnew ⟦Page⟧();\n",
        page,
    );
    check_pages(
        "import * as core from \"@core/index\";\nnew core.⟦Page⟧();\n",
        page,
    );
    check_pages(
        "import { MainFrame as F } from \"@core/index\";\nnew ⟦F⟧();\n",
        frame,
    );
    check_pages(
        "import { Page } from \"../packages/core/src\";\nnew ⟦Page⟧();\n",
        page,
    );
}

#[test]
fn titles_of_tests_and_keys_of_objects_are_no_names() {
    let page = &["packages/core/src/page.ts: Page"];
    let import = "import { Page } from \"@core/page\";\n";
    for body in [
        "describe(\"Page\", () => { new ⟦Page⟧(); });\n",
        "const makers = { Page: () => new ⟦Page⟧() };\n",
    ] {
        check_pages(&format!("{import}{body}"), page);
    }
}

#[test]
fn a_base_class_has_the_members_that_a_class_has_not() {
    check_pages(
        "import { Page } from \"@core/page\";\nfunction f(page: Page) { page.⟦dispose⟧(); }\n",
        &["packages/core/src/page.ts: Base.dispose"],
    );
}

#[test]
fn an_alias_has_the_members_of_all_that_it_is_made_from() {
    for made in [
        "{ own: string } & Omit<Page, 'main'>",
        "'none' | Omit<{ a: Page }, 'a'> | Page | { close: string[] }",
        "| Page\n  & { own: string }",
    ] {
        check_pages(
            &format!(
                "import {{ Page }} from \"@core/page\";\ntype Both = {made};\nfunction f(both: Both) {{ both.⟦dispose⟧(); }}\n"
            ),
            &["packages/core/src/page.ts: Base.dispose"],
        );
    }
}

#[test]
fn what_comes_from_outside_leads_nowhere() {
    check_pages("import { Page } from \"elsewhere\";\nnew ⟦Page⟧();\n", &[]);
    check_pages("function f(names: string[]) { names.⟦close⟧(); }\n", &[]);
    check_pages("import { a } from \"./a\";\n⟦close⟧();\n", &[]);
}

#[test]
fn where_nothing_tells_the_type_the_answer_says_so() {
    check_pages(
        "function f(it) { it.⟦close⟧(); }\n",
        &[
            "packages/core/src/frame.ts: Frame.close?",
            "packages/core/src/frame.ts: Socket.close?",
        ],
    );
}

#[test]
fn python() {
    let shop = r#"
//- shop/__init__.py
from .cart import Cart as Basket
//- shop/cart.py
class Cart:
    def total(self):
        return 0
class Other:
    def total(self):
        return 1
def make() -> Cart:
    return Cart()
"#;
    let total = &["shop/cart.py: Cart.total"];
    for text in [
        "from shop.cart import Cart\ndef f():\n    cart = Cart()\n    cart.⟦total⟧()\n",
        "from shop import Basket\ndef f(cart: Basket):\n    cart.⟦total⟧()\n",
        "from shop.cart import make as build\ndef f():\n    build().⟦total⟧()\n",
        "import shop.cart\ndef f():\n    shop.cart.make().⟦total⟧()\n",
        "from shop import cart\nclass A:\n    def __init__(self):\n        self.cart = cart.Cart()\n    def f(self):\n        self.cart.⟦total⟧()\n",
        "from shop.cart import Cart\ndef f(carts: list[Cart]):\n    for cart in carts:\n        cart.⟦total⟧()\n",
    ] {
        check(&format!("{shop}//- app/use.py\n{text}"), total);
    }
}

#[test]
fn go() {
    let server = "//- net/server.go\npackage net\ntype Server struct { pool *Pool }\nfunc NewServer() *Server { return nil }\nfunc (s *Server) Close() {}\ntype Pool struct {}\nfunc (p *Pool) Close() {}\n";
    let close = &["net/server.go: Server.Close"];
    for text in [
        "func f() {\n\ts := net.NewServer()\n\ts.⟦Close⟧()\n}\n",
        "func f(s *net.Server) {\n\ts.⟦Close⟧()\n}\n",
        "func f(all []*net.Server) {\n\tfor _, s := range all {\n\t\ts.⟦Close⟧()\n\t}\n}\n",
    ] {
        let head = "//- cmd/main.go\npackage main\nimport \"example.com/project/net\"\n";
        check(&format!("{server}{head}{text}"), close);
    }
}

#[test]
fn rust() {
    let lexer = "//- src/lexer.rs\npub struct Lexer;\nimpl Lexer {\n    pub fn new() -> Self { Lexer }\n    pub fn step(&mut self) {}\n}\npub struct Other;\nimpl Other {\n    pub fn step(&mut self) {}\n}\n";
    let step = &["src/lexer.rs: Lexer.step"];
    for text in [
        "fn f() {\n    let mut lexer = Lexer::new();\n    lexer.⟦step⟧();\n}\n",
        "fn f(lexer: &mut Lexer) {\n    lexer.⟦step⟧();\n}\n",
        "struct Parser { lexer: Lexer }\nimpl Parser {\n    fn f(&mut self) {\n        self.lexer.⟦step⟧();\n    }\n}\n",
    ] {
        let head = "//- src/parser.rs\nuse crate::lexer::Lexer;\n";
        check(&format!("{lexer}{head}{text}"), step);
    }
}

#[test]
fn java() {
    let cart = "//- src/shop/Cart.java\npackage shop;\npublic class Cart { public int total() { return 0; } }\n//- src/shop/Other.java\npackage shop;\npublic class Other { public int total() { return 0; } }\n";
    let total = &["src/shop/Cart.java: Cart.total"];
    for text in [
        "class Use { void f(Cart cart) { cart.⟦total⟧(); } }\n",
        "class Use { void f() { var cart = new Cart(); cart.⟦total⟧(); } }\n",
        "class Use { private Cart cart; void f() { this.cart.⟦total⟧(); } }\n",
        "class Use { private Cart cart; void f() { cart.⟦total⟧(); } }\n",
    ] {
        let head = "//- src/app/Use.java\npackage app;\nimport shop.Cart;\n";
        check(&format!("{cart}{head}{text}"), total);
    }
}

#[test]
fn callers_count_calls_through_a_base_class_less_surely_and_leave_namesakes_out() {
    let repo = MemoryRepo::fixture(
        "//- a.ts\nexport class Base { run() {} }\nexport class Job extends Base { run() {} }\nexport class Namesake { run() {} }\n//- b.ts\nimport { Base, Job, Namesake } from \"./a\";\nfunction f(a: Base, b: Job, c: Namesake) {\n  a.run();\n  b.run();\n  c.run();\n}\n",
    );
    let index = Plain::of(&repo);
    let resolver = Resolver::new(&index);
    let path = RelPath::new("a.ts").expect("a path");
    let qualified = ["Job".to_owned(), "run".to_owned()];
    let found = resolver.callers_of(&path, &qualified, base::SymbolKind::Method, 10);
    let shown: Vec<_> = found
        .iter()
        .filter(|it| it.mention.reference.kind == ReferenceKind::Call)
        .map(|it| {
            (
                it.mention.reference.qualifier.as_deref().unwrap_or(""),
                it.confidence > 0.9,
            )
        })
        .collect();
    assert_eq!(shown, [("b", true), ("a", false)]);
}
