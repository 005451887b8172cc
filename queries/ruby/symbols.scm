; What a Ruby file defines.

(module
  name: [(constant) @name (scope_resolution scope: (_)? @owner name: (constant) @name)]
  body: (_)? @body) @definition.module
(class
  name: [(constant) @name (scope_resolution scope: (_)? @owner name: (constant) @name)]
  body: (_)? @body) @definition.class
(method
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.function
(singleton_method
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.method
(assignment
  left: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.constant
((call
  method: (identifier) @test @ignore
  arguments: (argument_list (simple_symbol) @name @definition.field))
  (#any-of? @test "attr_accessor" "attr_reader" "attr_writer"))
(alias name: (identifier) @name) @definition.method

; Groups and cases of a test.
((call
  method: (identifier) @test
  arguments: (argument_list . [(string) (constant) (scope_resolution)] @name)
  block: (_) @body) @definition.test
  (#any-of? @test "describe" "context" "it" "specify" "test" "feature" "scenario" "should"))

(comment) @doc

; Names that mean nothing elsewhere.
(assignment left: (identifier) @local)
(operator_assignment left: (identifier) @local)
(left_assignment_list (identifier) @local)
(rest_assignment (identifier) @local)
(block_parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(destructured_parameter (identifier) @local)
(optional_parameter name: (identifier) @local)
(keyword_parameter name: (identifier) @local)
(splat_parameter name: (identifier) @local)
(hash_splat_parameter name: (identifier) @local)
(block_parameter name: (identifier) @local)
(exception_variable (identifier) @local)
(for pattern: (identifier) @local)
(setter name: (identifier) @ignore)
