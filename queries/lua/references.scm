; What a Lua file mentions.

((function_call
  name: (identifier) @test @ignore
  arguments: (arguments (string) @imports))
  (#any-of? @test "require" "dofile" "loadfile"))

(function_call
  name: [
    (identifier) @name
    (dot_index_expression table: (_) @qualifier field: (identifier) @name)
    (method_index_expression table: (_) @qualifier method: (identifier) @name)
  ]
  arguments: (arguments) @arguments) @reference.call

(dot_index_expression table: (_) @qualifier field: (identifier) @name) @reference.use
(identifier) @name @reference.use
