; What a shell script defines.

(function_definition name: (word) @name body: (_) @body) @definition.function

(variable_assignment name: (variable_name) @name) @definition.variable

(comment) @doc

; Names that mean nothing elsewhere.
(declaration_command (variable_name) @local)
(for_statement variable: (variable_name) @local)
