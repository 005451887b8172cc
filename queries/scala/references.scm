; What a Scala file mentions.

(import_declaration) @imports

(call_expression
  function: [
    (identifier) @name
    (field_expression value: (_) @qualifier field: (identifier) @name)
    (generic_function
      function: [
        (identifier) @name
        (field_expression value: (_) @qualifier field: (identifier) @name)
      ])
  ]
  arguments: (arguments)? @arguments) @reference.call
(instance_expression
  [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (stable_type_identifier (_) @qualifier (type_identifier) @name .)
  ]
  arguments: (arguments)? @arguments) @reference.class
(extends_clause
  type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (stable_type_identifier (_) @qualifier (type_identifier) @name .)
    (applied_constructor_type [(type_identifier) @name (generic_type type: (type_identifier) @name)])
    (compound_type base: (type_identifier) @name)
    (compound_type extra: (type_identifier) @name)
  ]) @reference.implementation
(annotation name: (type_identifier) @name) @reference.call

(stable_type_identifier (_) @qualifier (type_identifier) @name .) @reference.type
(type_identifier) @name @reference.type
(field_expression value: (_) @qualifier field: (identifier) @name) @reference.use
(infix_expression operator: (identifier) @name) @reference.call
(identifier) @name @reference.use
