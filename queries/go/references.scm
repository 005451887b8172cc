; What a Go file mentions.

(import_spec) @imports

(call_expression
  function: [
    (identifier) @name
    (selector_expression operand: (_) @qualifier field: (field_identifier) @name)
    (index_expression
      operand: [
        (identifier) @name
        (selector_expression operand: (_) @qualifier field: (field_identifier) @name)
      ])
    (type_instantiation_expression
      type: [
        (type_identifier) @name
        (qualified_type package: (_) @qualifier name: (type_identifier) @name)
      ])
  ]
  arguments: (argument_list) @arguments) @reference.call

(composite_literal
  type: [
    (type_identifier) @name
    (qualified_type package: (_) @qualifier name: (type_identifier) @name)
    (generic_type
      type: [
        (type_identifier) @name
        (qualified_type package: (_) @qualifier name: (type_identifier) @name)
      ])
  ]) @reference.class

; What is embedded.
(field_declaration
  !name
  type: [
    (type_identifier) @name
    (qualified_type package: (_) @qualifier name: (type_identifier) @name)
    (generic_type
      type: [
        (type_identifier) @name
        (qualified_type package: (_) @qualifier name: (type_identifier) @name)
      ])
  ]) @reference.implementation
(interface_type
  (type_elem
    .
    [
      (type_identifier) @name
      (qualified_type package: (_) @qualifier name: (type_identifier) @name)
    ]
    .)) @reference.implementation

(qualified_type package: (_) @qualifier name: (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type

(selector_expression operand: (_) @qualifier field: (field_identifier) @name) @reference.use
(keyed_element key: (literal_element (identifier) @name)) @reference.use
(identifier) @name @reference.use
