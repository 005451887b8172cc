; What a JavaScript file mentions.

(import_statement) @imports
(export_statement source: (_)) @imports

((call_expression
  function: (identifier) @test @ignore
  arguments: (arguments . (string) @from @name .))
  @reference.import
  (#eq? @test "require"))
(call_expression function: (import) arguments: (arguments . (string) @from @name .)) @reference.import

(class_declaration
  (class_heritage
    [
      (identifier) @name
      (member_expression object: (_) @qualifier property: (_) @name)
      (call_expression function: (identifier) @name)
    ])) @reference.implementation
(class
  (class_heritage
    [
      (identifier) @name
      (member_expression object: (_) @qualifier property: (_) @name)
      (call_expression function: (identifier) @name)
    ])) @reference.implementation

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
(jsx_opening_element
  name: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]) @reference.call
(jsx_self_closing_element
  name: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]) @reference.call
(jsx_closing_element name: (_) @ignore)
(jsx_closing_element name: (member_expression property: (_) @ignore))

(member_expression object: (_) @qualifier property: (_) @name) @reference.use
(shorthand_property_identifier) @name @reference.use
(identifier) @name @reference.use
