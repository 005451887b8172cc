; What a TypeScript file defines.

; What is required is no definition: `const { a, b: c } = require("d")` and `const e = require("d")`.
((variable_declarator
  name: [
    (identifier) @name
    (object_pattern
      [
        (shorthand_property_identifier_pattern) @name
        (pair_pattern key: (property_identifier) @name value: (identifier) @alias)
      ])
  ]
  value: (call_expression
    function: (identifier) @test @ignore
    arguments: (arguments . (string) @from @ignore .)))
  @reference.import
  (#eq? @test "require"))
(function_declaration
  name: (identifier) @name
  parameters: (_) @parameters
  return_type: (_)? @returns
  body: (_) @body) @definition.function
(generator_function_declaration
  name: (identifier) @name
  parameters: (_) @parameters
  return_type: (_)? @returns
  body: (_) @body) @definition.function
(function_signature
  name: (identifier) @name
  parameters: (_) @parameters
  return_type: (_)? @returns) @definition.function
(class_declaration name: (type_identifier) @name body: (_) @body) @definition.class
(abstract_class_declaration name: (type_identifier) @name body: (_) @body) @definition.class
(interface_declaration name: (type_identifier) @name body: (_) @body) @definition.interface
(enum_declaration name: (identifier) @name body: (_) @body) @definition.enum
(enum_body
  [
    (property_identifier) @name @definition.constant
    (enum_assignment name: (_) @name) @definition.constant
  ])
(type_alias_declaration name: (type_identifier) @name) @definition.type
(internal_module name: (_) @name body: (_)? @body) @definition.module
(module name: (_) @name body: (_)? @body) @definition.module
(method_signature
  name: (_) @name
  parameters: (_) @parameters
  return_type: (_)? @returns) @definition.method
(abstract_method_signature
  name: (_) @name
  parameters: (_) @parameters
  return_type: (_)? @returns) @definition.method
(property_signature name: (_) @name type: (_)? @returns) @definition.field
(method_definition
  name: (_) @name
  parameters: (_) @parameters
  return_type: (_)? @returns
  body: (_) @body) @definition.method

; A name that is given a function or a class defines it.
(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function parameter: (_) @parameters body: (_) @body)
    (arrow_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (function_expression parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (generator_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
  ]) @definition.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(public_field_definition
  name: (_) @name
  value: [
    (arrow_function parameter: (_) @parameters body: (_) @body)
    (arrow_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (function_expression parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
  ]) @definition.method
(pair
  key: [(property_identifier) (string) (private_property_identifier)] @name
  value: [
    (arrow_function parameter: (_) @parameters body: (_) @body)
    (arrow_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (function_expression parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (generator_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
  ]) @definition.method
(assignment_expression
  left: [
    (identifier) @name
    (member_expression object: (_) @owner property: (_) @name)
  ]
  right: [
    (arrow_function parameter: (_) @parameters body: (_) @body)
    (arrow_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (function_expression parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
    (generator_function parameters: (_) @parameters return_type: (_)? @returns body: (_) @body)
  ]) @definition.function
(assignment_expression
  left: (member_expression object: (_) @owner property: (_) @name)
  right: (class body: (_) @body)) @definition.class

(public_field_definition name: (_) @name type: (_)? @returns) @definition.field
(variable_declarator
  name: (identifier) @name
  type: (_)? @returns
  value: [(object) (array)]? @body) @definition.variable

; Suites and cases of a test.
(call_expression
  function: [
    (identifier) @test
    (member_expression object: (identifier) @test)
    (call_expression function: (member_expression object: (identifier) @test))
  ]
  arguments: (arguments . [(string) (template_string)] @name
    [(arrow_function body: (_) @body) (function_expression body: (_) @body)])
  (#any-of? @test "describe" "it" "test" "suite" "context" "specify")) @definition.test

(export_statement declaration: (_) @wrapped) @wrapper
(lexical_declaration . (variable_declarator) @wrapped .) @wrapper
(variable_declaration . (variable_declarator) @wrapped .) @wrapper
(export_statement
  declaration: (lexical_declaration (variable_declarator name: (identifier) @exported)))
(export_statement value: (_) @wrapped) @wrapper
(export_statement !source (export_clause (export_specifier name: (identifier) @exported)))
(export_statement value: (identifier) @exported)
((assignment_expression
  left: (member_expression object: (identifier) @test property: (property_identifier))
  right: [
    (identifier) @exported
    (object [(shorthand_property_identifier) @exported (pair value: (identifier) @exported)])
  ])
  (#any-of? @test "module" "exports"))

(comment) @doc
(decorator) @attribute

; Names that mean nothing elsewhere.
(object_pattern (shorthand_property_identifier_pattern) @local)
(object_assignment_pattern left: (shorthand_property_identifier_pattern) @local)
(pair_pattern value: (identifier) @local)
(array_pattern (identifier) @local)
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(required_parameter pattern: (identifier) @local)
(optional_parameter pattern: (identifier) @local)
(type_parameter name: (type_identifier) @local)
(ambient_declaration . (_) @wrapped) @wrapper
(arrow_function parameter: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)
(function_expression name: (identifier) @local)
(export_specifier alias: (_) @ignore)
(import_specifier alias: (_) @ignore)
