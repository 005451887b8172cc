; What a PHP file mentions. Variables are local, so they are left out.

(namespace_use_declaration) @imports

(base_clause [(name) (qualified_name)] @name) @reference.implementation
(class_interface_clause [(name) (qualified_name)] @name) @reference.implementation
(use_declaration [(name) (qualified_name)] @name) @reference.implementation

(function_call_expression
  function: [(name) (qualified_name)] @name
  arguments: (arguments) @arguments) @reference.call
(member_call_expression
  object: (_) @qualifier
  name: (name) @name
  arguments: (arguments) @arguments) @reference.call
(nullsafe_member_call_expression
  object: (_) @qualifier
  name: (name) @name
  arguments: (arguments) @arguments) @reference.call
(scoped_call_expression
  scope: (_) @qualifier
  name: (name) @name
  arguments: (arguments) @arguments) @reference.call
(attribute [(name) (qualified_name)] @name) @reference.call
(object_creation_expression
  [(name) (qualified_name)] @name
  (arguments)? @arguments) @reference.class

(named_type [(name) (qualified_name)] @name) @reference.type
(scoped_call_expression scope: [(name) (qualified_name)] @name) @reference.use
(scoped_property_access_expression scope: [(name) (qualified_name)] @name) @reference.use
(class_constant_access_expression . (_) @qualifier (name) @name .) @reference.use
(class_constant_access_expression . [(name) (qualified_name)] @name) @reference.use
(member_access_expression object: (_) @qualifier name: (name) @name) @reference.use
(nullsafe_member_access_expression object: (_) @qualifier name: (name) @name) @reference.use
(scoped_property_access_expression
  scope: (_) @qualifier
  name: (variable_name (name) @name)) @reference.use
(binary_expression right: [(name) (qualified_name)] @name) @reference.use
(binary_expression left: (name) @name) @reference.use
(argument (name) @name) @reference.use
