; What a TypeScript file mentions.

(import_statement) @imports
(export_statement source: (_)) @imports

((call_expression
  function: (identifier) @test @ignore
  arguments: (arguments . (string) @from @name .))
  @reference.import
  (#eq? @test "require"))
(call_expression function: (import) arguments: (arguments . (string) @from @name .)) @reference.import

(extends_clause
  value: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
    (call_expression function: (identifier) @name)
  ]) @reference.implementation
(implements_clause
  [
    (type_identifier) @name
    (nested_type_identifier module: (_) @qualifier name: (_) @name)
    (generic_type
      name: [
        (type_identifier) @name
        (nested_type_identifier module: (_) @qualifier name: (_) @name)
      ])
  ]) @reference.implementation
(extends_type_clause
  type: [
    (type_identifier) @name
    (nested_type_identifier module: (_) @qualifier name: (_) @name)
    (generic_type
      name: [
        (type_identifier) @name
        (nested_type_identifier module: (_) @qualifier name: (_) @name)
      ])
  ]) @reference.implementation

(call_expression
  function: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]
  arguments: (_) @arguments) @reference.call
(new_expression
  constructor: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]
  arguments: (arguments)? @arguments) @reference.class
(decorator
  [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]) @reference.call
(nested_type_identifier module: (_) @qualifier name: (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type

(member_expression object: (_) @qualifier property: (_) @name) @reference.use
(shorthand_property_identifier) @name @reference.use
(identifier) @name @reference.use
