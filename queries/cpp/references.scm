; What a C++ file mentions beyond what C's queries say. A path such as `a::b::f` is taken apart in Rust.

(using_declaration) @imports

(call_expression
  function: [
    (qualified_identifier) @name
    (template_function name: (identifier) @name)
    (field_expression argument: (_) @qualifier field: (template_method name: (field_identifier) @name))
    (field_expression argument: (_) @qualifier field: (qualified_identifier) @name)
  ]
  arguments: (argument_list) @arguments) @reference.call
(new_expression
  type: [
    (type_identifier) @name
    (qualified_identifier) @name
    (template_type name: (type_identifier) @name)
  ]
  arguments: (argument_list)? @arguments) @reference.class
(compound_literal_expression
  type: [
    (type_identifier) @name
    (qualified_identifier) @name
    (template_type name: (type_identifier) @name)
  ]) @reference.class
(base_class_clause
  [
    (type_identifier) @name
    (qualified_identifier) @name
    (template_type name: (type_identifier) @name)
  ]) @reference.implementation
(field_initializer . (field_identifier) @name) @reference.use

(qualified_identifier name: [(type_identifier) (template_type)]) @name @reference.type
(qualified_identifier name: (qualified_identifier)) @name @reference.type
(qualified_identifier) @name @reference.use
