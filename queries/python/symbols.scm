; What a Python file defines.

(function_definition
  name: (identifier) @name
  parameters: (parameters) @parameters
  return_type: (_)? @returns
  body: (block . (expression_statement (string) @doc)? ) @body) @definition.function

(class_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @doc)? ) @body) @definition.class

(decorated_definition definition: (_) @wrapped) @wrapper

(expression_statement
  (assignment
    left: (identifier) @name
    right: (lambda parameters: (_)? @parameters body: (_) @body)) @definition.function)
; At the top of a file or of a class; elsewhere a name that is assigned is local.
(expression_statement
  (assignment left: (identifier) @name type: (_)? @returns) @definition.variable)
(expression_statement
  (assignment
    left: (pattern_list (identifier) @name)) @definition.variable)
(type_alias_statement
  left: (type [(identifier) @name (generic_type . (identifier) @name)])) @definition.type

(comment) @doc

; Names that mean nothing elsewhere.
(assignment left: (identifier) @local)
(pattern_list (identifier) @local)
(tuple_pattern (identifier) @local)
(list_pattern (identifier) @local)
(list_splat_pattern (identifier) @local)
(for_statement left: (identifier) @local)
(for_in_clause left: (identifier) @local)
(named_expression name: (identifier) @local)
(as_pattern_target (identifier) @local)
(as_pattern (case_pattern) (identifier) @local)
(keyword_pattern . (identifier) @ignore)
(lambda_parameters (identifier) @local)
(lambda_parameters (default_parameter name: (identifier) @local))
(dictionary_splat_pattern (identifier) @local)
(keyword_argument name: (identifier) @ignore)
