; What an Elixir file mentions. A pipe gives one more argument, so arguments are not counted.

((call target: (identifier) @test @ignore (arguments) @imports)
  (#any-of? @test "alias" "import" "require"))
((call target: (identifier) @test @ignore (arguments . (alias) @name)) @reference.implementation
  (#any-of? @test "use"))
((unary_operator
  operator: "@"
  operand: (call target: (identifier) @test @ignore (arguments (alias) @name))) @reference.implementation
  (#any-of? @test "behaviour"))

(call target: (identifier) @name) @reference.call
(call target: (dot left: (_) @qualifier right: (identifier) @name)) @reference.call
(struct (alias) @name) @reference.class
(unary_operator operator: "&" operand: (binary_operator left: (identifier) @name operator: "/")) @reference.use

(alias) @name @reference.use
(identifier) @name @reference.use
