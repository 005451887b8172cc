//! Cognitive complexity: how hard a piece of code is to follow.
//!
//! After G. Ann Campbell, "Cognitive Complexity: a new way of measuring understandability", SonarSource, 2017 (version
//! 1.7, 2023): every break in the linear flow counts one, and one more for each level it is nested at; `else` and
//! `else if` count one whatever their level; a run of the same logical operator counts one. Recursion, which needs to
//! know what a call leads to, is left to the caller.

use base::Span;
use tree_sitter::Node;

use crate::Tree;

impl Tree {
    /// The cognitive complexity of the definition (or any other node) at `span`; 0 where there is none.
    pub fn cognitive_complexity(&self, span: Span) -> u32 {
        let Some(root) = self
            .root()
            .descendant_for_byte_range(span.range().start, span.range().end)
        else {
            return 0;
        };
        let mut total = 0;
        // Of each open node: the level inside it, and how many functions are open there.
        let mut open: Vec<(u32, u32)> = vec![(0, 0)];
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            let (level, functions) = open.last().copied().unwrap_or((0, 0));
            // What is around a definition with attributes holds its neighbours as well.
            let (start, end) = (node.start_byte(), node.end_byte());
            let is_inside = start >= span.range().start && end <= span.range().end;
            let is_apart = end <= span.range().start || start >= span.range().end;
            let weight = match is_inside {
                true => weigh(node),
                false => Weight::default(),
            };
            total += weight.flat + if weight.nests_itself { 1 + level } else { 0 };
            if !is_apart && cursor.goto_first_child() {
                // Only a function inside another one is a level; a method of a class is not.
                let nested = weight.is_function && functions > 0;
                open.push((
                    level + u32::from(weight.deepens || nested),
                    functions + u32::from(weight.is_function),
                ));
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return total;
                }
                open.pop();
            }
        }
    }
}

/// What one node counts.
#[derive(Default)]
struct Weight {
    /// Whatever the level.
    flat: u32,
    /// One, and one for each level around it.
    nests_itself: bool,
    /// What is inside is one level deeper.
    deepens: bool,
    /// It is a function or a closure.
    is_function: bool,
}

fn weigh(node: Node<'_>) -> Weight {
    let kind = node.kind();
    if !node.is_named() {
        return Weight {
            flat: match kind {
                "else" => u32::from(ends_an_if(node)),
                "&&" | "||" | "and" | "or" => u32::from(begins_a_run(node)),
                _ => 0,
            },
            ..Weight::default()
        };
    }
    match kind {
        kind if is_if(kind) => match is_else_if(node) {
            true => Weight {
                flat: 1,
                ..Weight::default()
            },
            false => structure(),
        },
        "elif_clause" | "elsif" | "else_if_clause" | "elseif_statement" => Weight {
            flat: 1,
            ..Weight::default()
        },
        "conditional_expression"
        | "ternary_expression"
        | "conditional"
        | "guard_statement"
        | "unless"
        | "if_modifier"
        | "unless_modifier"
        | "switch_statement"
        | "switch_expression"
        | "match_expression"
        | "match_statement"
        | "when_expression"
        | "expression_switch_statement"
        | "type_switch_statement"
        | "select_statement"
        | "case_statement"
        | "case"
        | "case_match"
        | "for_statement"
        | "for_expression"
        | "for_in_statement"
        | "for_range_loop"
        | "enhanced_for_statement"
        | "foreach_statement"
        | "for_each_statement"
        | "c_style_for_statement"
        | "for"
        | "while_statement"
        | "while_expression"
        | "while"
        | "until"
        | "while_modifier"
        | "until_modifier"
        | "loop_expression"
        | "do_statement"
        | "do_while_statement"
        | "do_while_expression"
        | "repeat_statement"
        | "repeat_while_statement"
        | "catch_clause"
        | "except_clause"
        | "catch_block"
        | "rescue"
        | "rescue_modifier" => structure(),
        "goto_statement" => Weight {
            flat: 1,
            ..Weight::default()
        },
        "break_statement" | "continue_statement" | "break_expression" | "continue_expression" => {
            Weight {
                flat: u32::from(leads_to_a_label(node)),
                ..Weight::default()
            }
        }
        "lambda"
        | "lambda_expression"
        | "lambda_literal"
        | "closure_expression"
        | "arrow_function"
        | "function_expression"
        | "func_literal"
        | "anonymous_function"
        | "anonymous_function_creation_expression"
        | "anonymous_method_expression"
        | "do_block"
        | "function_definition"
        | "function_item"
        | "function_declaration"
        | "method_declaration"
        | "method_definition"
        | "local_function_statement" => Weight {
            is_function: true,
            ..Weight::default()
        },
        _ => Weight::default(),
    }
}

fn structure() -> Weight {
    Weight {
        nests_itself: true,
        deepens: true,
        ..Weight::default()
    }
}

fn is_if(kind: &str) -> bool {
    matches!(kind, "if_statement" | "if_expression" | "if")
}

/// `if` as the other branch of an `if`: behind `else`, alone or in a clause of its own.
fn is_else_if(node: Node<'_>) -> bool {
    let Some(before) = node.prev_sibling() else {
        return false;
    };
    !before.is_named() && before.kind() == "else"
}

/// `else` of an `if` (not of a loop or a `case`) with something other than another `if` behind it.
fn ends_an_if(token: Node<'_>) -> bool {
    let Some(parent) = token.parent() else {
        return false;
    };
    let belongs = |kind: &str| {
        is_if(kind)
            || matches!(
                kind,
                "elsif" | "elif_clause" | "else_if_clause" | "elseif_statement" | "unless"
            )
    };
    let container = if belongs(parent.kind()) {
        Some(parent)
    } else {
        parent.parent().filter(|around| belongs(around.kind()))
    };
    container.is_some()
        && token
            .next_named_sibling()
            .is_none_or(|next| !is_if(next.kind()))
}

/// A logical operator whose left neighbour in the same run is not the same one.
fn begins_a_run(token: Node<'_>) -> bool {
    let Some(parent) = token.parent() else {
        return false;
    };
    let is_logical = |kind: &str| {
        kind.contains("binary")
            || kind.contains("boolean")
            || matches!(
                kind,
                "conjunction_expression"
                    | "disjunction_expression"
                    | "infix_expression"
                    | "logical_expression"
                    | "let_chain"
            )
    };
    if !is_logical(parent.kind()) {
        return false;
    }
    let same = |node: Node<'_>| {
        let mut cursor = node.walk();
        node.children(&mut cursor)
            .any(|child| !child.is_named() && child.kind() == token.kind() && child != token)
    };
    // A flat run holds several of the same; the first stands for all.
    let first_of_flat = {
        let mut cursor = parent.walk();
        let mut operators = parent
            .children(&mut cursor)
            .filter(|child| !child.is_named() && child.kind() == token.kind());
        operators.next() == Some(token)
    };
    let continued = parent
        .parent()
        .is_some_and(|around| is_logical(around.kind()) && same(around));
    first_of_flat && !continued
}

fn leads_to_a_label(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).any(|child| {
        child.kind().contains("label")
            || matches!(
                child.kind(),
                "identifier" | "simple_identifier" | "statement_identifier"
            ) && node.kind().ends_with("statement")
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base::{Span, Text};

    use crate::{Language, Tree};

    #[track_caller]
    fn check(language: Language, code: &str, expected: u32) {
        let text = Text::new(code);
        let tree = Tree::parse(language, &text, Duration::from_secs(5)).expect("parsed");
        assert_eq!(tree.errors(), 0, "{}", tree.shape());
        let all = Span::new(0, code.trim_end().len());
        assert_eq!(tree.cognitive_complexity(all), expected, "{}", tree.shape());
    }

    #[test]
    fn the_examples_of_the_definition() {
        let primes = "\
int sumOfPrimes(int max) {
  int total = 0;
  OUT: for (int i = 1; i <= max; ++i) {
    for (int j = 2; j < i; ++j) {
      if (i % j == 0) {
        continue OUT;
      }
    }
    total += i;
  }
  return total;
}
";
        check(Language::Java, &format!("class A {{ {primes} }}"), 7);
        let words = "\
class A { String getWords(int number) {
  switch (number) {
    case 1: return \"one\";
    case 2: return \"a couple\";
    default: return \"lots\";
  }
} }
";
        check(Language::Java, words, 1);
    }

    #[test]
    fn branches_count_in_every_language() {
        for (language, code, expected) in [
            (
                Language::Rust,
                "fn f() { if a { b } else if c { d } else { e } }",
                3,
            ),
            (
                Language::Rust,
                "fn f() { for x in y { if a && b && c || d { } } }",
                5,
            ),
            (
                Language::Rust,
                "fn f() { match a { 1 => 2, _ => if b { 1 } else { 2 } } }",
                4,
            ),
            (
                Language::Python,
                "def f():\n    if a:\n        pass\n    elif b and c:\n        pass\n    else:\n        pass\n",
                4,
            ),
            (
                Language::Python,
                "def f():\n    for x in y:\n        try:\n            pass\n        except E:\n            pass\n",
                3,
            ),
            (
                Language::JavaScript,
                "function f() { if (a) { } else if (b) { } else { } }",
                3,
            ),
            (
                Language::JavaScript,
                "function f() { list.map((x) => { if (x) { } }); }",
                2,
            ),
            (
                Language::TypeScript,
                "function f() { return a ? b : c; }",
                1,
            ),
            (
                Language::Go,
                "package a\nfunc f() { if a { } else if b { } else { } }",
                3,
            ),
            (
                Language::C,
                "int f() { while (a) { if (b) { goto c; } } c: return 1; }",
                4,
            ),
            (
                Language::CSharp,
                "class A { void F() { if (a) { } else if (b) { } else { } } }",
                3,
            ),
            (
                Language::Ruby,
                "def f\n  if a\n    1\n  elsif b\n    2\n  else\n    3\n  end\nend\n",
                3,
            ),
            (
                Language::Php,
                "<?php function f() { foreach ($a as $b) { if ($b) { } } }",
                3,
            ),
            (
                Language::Kotlin,
                "fun f() { if (a) { } else if (b) { } else { } }",
                3,
            ),
            (
                Language::Swift,
                "func f() { if a { } else if b { } else { } }",
                3,
            ),
            (
                Language::Scala,
                "def f() = { if (a) b else if (c) d else e }",
                3,
            ),
            (
                Language::Lua,
                "function f() if a then b() elseif c then d() else e() end end",
                3,
            ),
            (
                Language::Bash,
                "f() { if a; then b; elif c; then d; else e; fi; }",
                3,
            ),
        ] {
            check(language, code, expected);
        }
    }

    #[test]
    fn runs_of_operators_count_once() {
        for (condition, expected) in [
            ("a && b && c && d", 1),
            ("a && b || c", 2),
            ("a && b || c && d", 3),
            ("a && !(b && c)", 2),
            ("a || b || c || d && e", 2),
        ] {
            let code = format!("function f() {{ return {condition}; }}");
            check(Language::JavaScript, &code, expected);
        }
    }
}
