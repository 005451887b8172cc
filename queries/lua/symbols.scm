; What a Lua file defines.

(function_declaration
  name: [
    (identifier) @name
    (dot_index_expression table: (_) @owner field: (identifier) @name)
    (method_index_expression table: (_) @owner method: (identifier) @name)
  ]
  parameters: (parameters) @parameters
  body: (block)? @body) @definition.function
(assignment_statement
  (variable_list
    name: [
      (identifier) @name
      (dot_index_expression table: (_) @owner field: (identifier) @name)
    ])
  (expression_list
    value: (function_definition parameters: (parameters) @parameters body: (block)? @body)))
  @definition.function
(field
  name: (identifier) @name
  value: (function_definition parameters: (parameters) @parameters body: (block)? @body))
  @definition.method
(assignment_statement (variable_list name: (identifier) @name)) @definition.variable

; Groups and cases of a test.
((function_call
  name: (identifier) @test
  arguments: (arguments . (string) @name (function_definition body: (block)? @body))) @definition.test
  (#any-of? @test "describe" "it" "context" "test"))

(variable_declaration . (assignment_statement) @wrapped .) @wrapper
(comment) @doc

; Names that mean nothing elsewhere.
(variable_declaration (variable_list name: (identifier) @local))
(for_generic_clause (variable_list name: (identifier) @local))
(for_numeric_clause name: (identifier) @local)
(parameters name: (identifier) @local)
(field name: (identifier) @ignore)
(attribute (identifier) @ignore)
(label_statement (identifier) @ignore)
(goto_statement (identifier) @ignore)
