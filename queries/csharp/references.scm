; What a C# file mentions.

(using_directive) @imports

(invocation_expression
  function: [
    (identifier) @name
    (generic_name . (identifier) @name)
    (member_access_expression
      expression: (_) @qualifier
      name: [(identifier) @name (generic_name . (identifier) @name)])
    (conditional_access_expression
      condition: (_) @qualifier
      (member_binding_expression name: [(identifier) @name (generic_name . (identifier) @name)]))
  ]
  arguments: (argument_list) @arguments) @reference.call
(attribute name: [(identifier) (qualified_name) (generic_name)] @name) @reference.call
(object_creation_expression
  type: [(identifier) (qualified_name) (generic_name)] @name
  arguments: (argument_list)? @arguments) @reference.class
(base_list
  [
    [(identifier) (qualified_name) (generic_name)] @name
    (primary_constructor_base_type type: [(identifier) (qualified_name) (generic_name)] @name)
  ]) @reference.implementation

; A type is an identifier like any other; where it stands says that it is one.
(variable_declaration type: (identifier) @name) @reference.type
(parameter type: (identifier) @name) @reference.type
(method_declaration returns: (identifier) @name) @reference.type
(local_function_statement type: (identifier) @name) @reference.type
(property_declaration type: (identifier) @name) @reference.type
(event_declaration type: (identifier) @name) @reference.type
(delegate_declaration type: (identifier) @name) @reference.type
(operator_declaration type: (identifier) @name) @reference.type
(type_argument_list (identifier) @name) @reference.type
(array_type type: (identifier) @name) @reference.type
(nullable_type type: (identifier) @name) @reference.type
(ref_type type: (identifier) @name) @reference.type
(cast_expression type: (identifier) @name) @reference.type
(as_expression right: (identifier) @name) @reference.type
(is_expression right: (identifier) @name) @reference.type
(typeof_expression type: (identifier) @name) @reference.type
(declaration_pattern type: (identifier) @name) @reference.type
(declaration_expression type: (identifier) @name) @reference.type
(recursive_pattern type: (identifier) @name) @reference.type
(catch_declaration type: (identifier) @name) @reference.type
(foreach_statement type: (identifier) @name) @reference.type
(tuple_element type: (identifier) @name) @reference.type
(type_parameter_constraint type: (identifier) @name) @reference.type
(generic_name . (identifier) @name) @reference.type
(qualified_name qualifier: (_) @qualifier name: (identifier) @name) @reference.type

(member_access_expression expression: (_) @qualifier name: (identifier) @name) @reference.use
(member_binding_expression name: (identifier) @name) @reference.use
(identifier) @name @reference.use
