; What a Swift file defines.

(class_declaration
  declaration_kind: ["class" "actor"]
  name: (type_identifier) @name
  body: (_) @body) @definition.class
(class_declaration
  declaration_kind: "struct"
  name: (type_identifier) @name
  body: (_) @body) @definition.struct
(class_declaration
  declaration_kind: "enum"
  name: (type_identifier) @name
  body: (_) @body) @definition.enum
(class_declaration declaration_kind: "extension" name: (_) @owner) @scope
(protocol_declaration name: (type_identifier) @name body: (_) @body) @definition.interface
(enum_entry name: (simple_identifier) @name) @definition.constant
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type

; Parameters are no list: the definition holds them itself. A type carries the field `name` as well as its own.
(function_declaration
  name: (simple_identifier) @name
  name: [
    (user_type) (optional_type) (array_type) (dictionary_type) (tuple_type) (function_type) (opaque_type)
  ]? @returns
  body: (_) @body) @definition.function @parameters
(protocol_function_declaration
  name: (simple_identifier) @name
  name: [
    (user_type) (optional_type) (array_type) (dictionary_type) (tuple_type) (function_type) (opaque_type)
  ]? @returns) @definition.method @parameters
(init_declaration name: "init" @name body: (_)? @body) @definition.method @parameters
(deinit_declaration "deinit" @name body: (_) @body) @definition.method
(subscript_declaration "subscript" @name (computed_property)? @body) @definition.method @parameters
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  (type_annotation (_) @returns)?
  computed_value: (_)? @body) @definition.variable
(protocol_property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  (type_annotation (_) @returns)?) @definition.variable

(comment) @doc
(multiline_comment) @doc

; Names that mean nothing elsewhere.
(parameter external_name: (_) @ignore)
(parameter name: (simple_identifier) @local)
(lambda_parameter external_name: (_) @ignore)
(lambda_parameter name: (simple_identifier) @local)
(pattern bound_identifier: (simple_identifier) @local)
(if_statement bound_identifier: (simple_identifier) @local)
(guard_statement bound_identifier: (simple_identifier) @local)
(while_statement bound_identifier: (simple_identifier) @local)
(capture_list_item name: (simple_identifier) @local)
(type_parameter (type_identifier) @local)
(value_argument_label (simple_identifier) @ignore)
