; What an Elixir file defines: calls of `def` and its kin.

((call
  target: (identifier) @test @ignore
  (arguments . (alias) @name)
  (do_block)? @body) @definition.module
  (#any-of? @test "defmodule" "defprotocol" "defimpl"))
((call
  target: (identifier) @test @ignore
  (arguments
    .
    [
      (identifier) @name
      (call target: (identifier) @name (arguments)? @parameters)
      (binary_operator
        left: [
          (identifier) @name
          (call target: (identifier) @name (arguments)? @parameters)
        ])
    ])
  (do_block)? @body) @definition.function
  (#any-of? @test "def" "defp" "defdelegate" "defguard" "defguardp"))
((call
  target: (identifier) @test @ignore
  (arguments
    .
    [
      (identifier) @name
      (call target: (identifier) @name (arguments)? @parameters)
      (binary_operator left: (call target: (identifier) @name (arguments)? @parameters))
    ])
  (do_block)? @body) @definition.macro
  (#any-of? @test "defmacro" "defmacrop"))
((call
  target: (identifier) @test
  (arguments . (string) @name)
  (do_block) @body) @definition.test
  (#any-of? @test "test" "describe" "property"))

((unary_operator operator: "@" operand: (call target: (identifier) @test @ignore)) @doc
  (#any-of? @test "doc" "moduledoc" "typedoc"))
((unary_operator operator: "@" operand: (call target: (identifier) @test @ignore)) @attribute
  (#any-of? @test "spec" "impl" "deprecated" "tag" "since"))
((unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @test @ignore
    (arguments
      .
      (binary_operator
        left: [(identifier) @name (call target: (identifier) @name)])))) @definition.type
  (#any-of? @test "type" "typep" "opaque"))
((unary_operator operator: "@" operand: (call target: (identifier) @name (arguments))) @definition.constant
  (#not-eq? @name "doc")
  (#not-eq? @name "moduledoc")
  (#not-eq? @name "typedoc")
  (#not-eq? @name "spec")
  (#not-eq? @name "impl")
  (#not-eq? @name "deprecated")
  (#not-eq? @name "tag")
  (#not-eq? @name "since")
  (#not-eq? @name "type")
  (#not-eq? @name "typep")
  (#not-eq? @name "opaque")
  (#not-eq? @name "callback")
  (#not-eq? @name "behaviour"))

(comment) @doc

; Names that mean nothing elsewhere.
(binary_operator left: (identifier) @local operator: "=")
(stab_clause left: (arguments (identifier) @local))
(binary_operator left: (tuple (identifier) @local) operator: "=")
(stab_clause left: (arguments (tuple (identifier) @local)))
(binary_operator left: (identifier) @local operator: "<-")
(binary_operator left: (tuple (identifier) @local) operator: "<-")
