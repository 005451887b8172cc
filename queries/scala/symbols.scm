; What a Scala file defines.

(package_clause name: (package_identifier) @module)

(class_definition
  name: (_) @name
  class_parameters: (class_parameters)? @parameters
  body: (_)? @body) @definition.class
(object_definition name: (_) @name body: (_)? @body) @definition.class
(package_object name: (_) @name body: (_)? @body) @definition.class
(trait_definition name: (_) @name body: (_)? @body) @definition.trait
(enum_definition name: (_) @name body: (_) @body) @definition.enum
(simple_enum_case name: (_) @name) @definition.constant
(full_enum_case name: (_) @name class_parameters: (_) @parameters) @definition.constant
(class_parameter name: (_) @name type: (_)? @returns) @definition.field
(type_definition name: (type_identifier) @name) @definition.type

(function_definition
  name: (_) @name
  parameters: (parameters)? @parameters
  return_type: (_)? @returns
  body: (_) @body) @definition.function
(function_declaration
  name: (_) @name
  parameters: (parameters)? @parameters
  return_type: (_)? @returns) @definition.function
(given_definition name: (_) @name) @definition.constant
(val_definition pattern: (identifier) @name type: (_)? @returns) @definition.variable
(var_definition pattern: (identifier) @name type: (_)? @returns) @definition.variable
(val_declaration name: (identifier) @name type: (_) @returns) @definition.variable
(var_declaration name: (identifier) @name type: (_) @returns) @definition.variable

; A case of a test: `test("name") { … }`, `it("name") { … }`.
((call_expression
  function: (call_expression
    function: (identifier) @test
    arguments: (arguments . (string) @name))
  arguments: (block) @body) @definition.test
  (#any-of? @test "test" "it" "describe" "property"))

(comment) @doc
(block_comment) @doc

; Names that mean nothing elsewhere.
(parameter name: (_) @local)
(binding name: (_) @local)
(lambda_expression parameters: (identifier) @local)
(case_clause pattern: (identifier) @local)
(capture_pattern name: (_) @local)
(typed_pattern pattern: (identifier) @local)
(case_class_pattern pattern: (identifier) @local)
(tuple_pattern (identifier) @local)
(enumerator . (identifier) @local)
(type_parameters name: (_) @local)
