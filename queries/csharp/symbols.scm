; What a C# file defines.

(file_scoped_namespace_declaration name: (_) @module)
(namespace_declaration name: (_) @name body: (_) @body) @definition.module

(class_declaration
  name: (identifier) @name
  (parameter_list)? @parameters
  body: (_)? @body) @definition.class
(struct_declaration
  name: (identifier) @name
  (parameter_list)? @parameters
  body: (_)? @body) @definition.struct
(record_declaration
  name: (identifier) @name
  (parameter_list)? @parameters
  body: (_)? @body) @definition.struct
(interface_declaration name: (identifier) @name body: (_)? @body) @definition.interface
(enum_declaration name: (identifier) @name body: (_)? @body) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.constant
(delegate_declaration
  type: (_) @returns
  name: (identifier) @name
  parameters: (_) @parameters) @definition.type

(method_declaration
  returns: (_) @returns
  name: (identifier) @name
  parameters: (parameter_list) @parameters
  body: (_)? @body) @definition.method
(constructor_declaration
  name: (identifier) @name
  parameters: (parameter_list) @parameters
  body: (_)? @body) @definition.method
(destructor_declaration
  name: (identifier) @name
  parameters: (parameter_list) @parameters
  body: (_)? @body) @definition.method
(operator_declaration
  type: (_) @returns
  operator: _ @name
  parameters: (parameter_list) @parameters
  body: (_)? @body) @definition.method
(local_function_statement
  type: (_) @returns
  name: (identifier) @name
  parameters: (parameter_list) @parameters
  body: (_)? @body) @definition.function
(property_declaration
  type: (_) @returns
  name: (identifier) @name
  accessors: (_)? @body) @definition.field
(event_declaration type: (_) @returns name: (identifier) @name) @definition.field
(field_declaration
  (variable_declaration
    type: (_) @returns
    (variable_declarator name: (identifier) @name))) @definition.field
(event_field_declaration
  (variable_declaration
    type: (_) @returns
    (variable_declarator name: (identifier) @name))) @definition.field

(comment) @doc

; Names that mean nothing elsewhere.
(variable_declarator name: (identifier) @local)
(parameter name: (identifier) @local)
(parameter_list name: (identifier) @local)
(implicit_parameter) @local
(foreach_statement left: (identifier) @local)
(declaration_pattern name: (identifier) @local)
(declaration_expression name: (identifier) @local)
(recursive_pattern name: (identifier) @local)
(var_pattern name: (identifier) @local)
(catch_declaration name: (identifier) @local)
(tuple_pattern name: (identifier) @local)
(type_parameter name: (identifier) @local)
(labeled_statement . (identifier) @ignore)
(argument name: (identifier) @ignore)
(attribute_argument name: (identifier) @ignore)
(tuple_element name: (identifier) @ignore)
