; What a C file mentions.

(preproc_include path: (_) @imports)

(call_expression
  function: [
    (identifier) @name
    (field_expression argument: (_) @qualifier field: (field_identifier) @name)
    (parenthesized_expression (pointer_expression argument: (identifier) @name))
  ]
  arguments: (argument_list) @arguments) @reference.call

(compound_literal_expression type: (type_descriptor type: (type_identifier) @name)) @reference.class

(type_identifier) @name @reference.type

(field_expression argument: (_) @qualifier field: (field_identifier) @name) @reference.use
(field_designator (field_identifier) @name) @reference.use
(identifier) @name @reference.use
