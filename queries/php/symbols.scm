; What a PHP file defines.

(namespace_definition name: (namespace_name) @module)

(function_definition
  name: (name) @name
  parameters: (formal_parameters) @parameters
  return_type: (_)? @returns
  body: (_) @body) @definition.function
(method_declaration
  name: (name) @name
  parameters: (formal_parameters) @parameters
  return_type: (_)? @returns
  body: (_)? @body) @definition.method
(class_declaration name: (name) @name body: (_) @body) @definition.class
(interface_declaration name: (name) @name body: (_) @body) @definition.interface
(trait_declaration name: (name) @name body: (_) @body) @definition.trait
(enum_declaration name: (name) @name body: (_) @body) @definition.enum
(enum_case name: (name) @name) @definition.constant
(const_declaration (const_element . (name) @name)) @definition.constant
(property_declaration
  type: (_)? @returns
  (property_element name: (variable_name (name) @name))) @definition.field
(property_promotion_parameter
  type: (_)? @returns
  name: (variable_name (name) @name)) @definition.field

(comment) @doc
