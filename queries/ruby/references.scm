; What a Ruby file mentions.

((call method: (identifier) @test @ignore arguments: (argument_list . (string) @imports))
  (#any-of? @test "require" "require_relative" "load"))

(superclass
  [
    (constant) @name
    (scope_resolution scope: (_)? @qualifier name: (constant) @name)
  ]) @reference.implementation
((call
  method: (identifier) @test @ignore
  arguments: (argument_list
    [
      (constant) @name
      (scope_resolution scope: (_)? @qualifier name: (constant) @name)
    ])) @reference.implementation
  (#any-of? @test "include" "extend" "prepend"))

((call
  receiver: [
    (constant) @name
    (scope_resolution scope: (_)? @qualifier name: (constant) @name)
  ]
  method: (identifier) @test @ignore
  arguments: (argument_list)? @arguments) @reference.class
  (#eq? @test "new"))
(call
  receiver: (_)? @qualifier
  method: [(identifier) (constant)] @name
  arguments: (argument_list)? @arguments) @reference.call

(scope_resolution scope: (_)? @qualifier name: (constant) @name) @reference.use
(constant) @name @reference.use
; A name alone that is no local is a call.
(identifier) @name @reference.call
