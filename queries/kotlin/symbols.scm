; What a Kotlin file defines.

(package_header (qualified_identifier) @module)

(class_declaration
  name: (identifier) @name
  (primary_constructor (class_parameters) @parameters)?
  (enum_class_body) @body) @definition.enum
(class_declaration "interface" name: (identifier) @name (class_body)? @body) @definition.interface
(class_declaration
  name: (identifier) @name
  (primary_constructor (class_parameters) @parameters)?
  (class_body)? @body) @definition.class
(object_declaration name: (identifier) @name (class_body)? @body) @definition.class
(companion_object name: (identifier) @name (class_body)? @body) @definition.class
(enum_entry (identifier) @name (class_body)? @body) @definition.constant
(class_parameter ["val" "var"] . (identifier) @name) @definition.field
(type_alias type: (identifier) @name) @definition.type

; An extension belongs to the type it extends.
(function_declaration
  [(user_type) (nullable_type)] @owner
  .
  name: (identifier) @name
  (function_value_parameters) @parameters
  .
  [(user_type) (nullable_type) (function_type)]? @returns
  (function_body)? @body) @definition.function
(function_declaration
  name: (identifier) @name
  (function_value_parameters) @parameters
  .
  [(user_type) (nullable_type) (function_type)]? @returns
  (function_body)? @body) @definition.function
(secondary_constructor
  "constructor" @name
  (function_value_parameters) @parameters
  (block)? @body) @definition.method
(property_declaration
  (variable_declaration
    (identifier) @name
    [(user_type) (nullable_type) (function_type)]? @returns)) @definition.variable

(line_comment) @doc
(block_comment) @doc

; Names that mean nothing elsewhere.
(variable_declaration (identifier) @local)
(parameter . (identifier) @local)
(class_parameter (identifier) @local)
(catch_block . (identifier) @local)
(type_parameter (identifier) @local)
(value_argument . (identifier) @ignore "=" (_))
(this_expression (identifier) @ignore)
(super_expression (identifier) @ignore)
(return_expression label: (identifier) @ignore)
