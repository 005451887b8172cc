; What a C file defines. A declarator's name stands at the end of a chain, so it is found in Rust.

(function_definition
  type: (_)? @returns
  declarator: (_) @declarator
  body: (_)? @body) @definition.function
; Prototypes, and variables at the top of a file.
(declaration
  type: (_)? @returns
  declarator: (_) @declarator) @definition.variable
(field_declaration
  type: (_) @returns
  declarator: (_) @declarator) @definition.field

(struct_specifier name: (type_identifier) @name body: (_) @body) @definition.struct
(union_specifier name: (type_identifier) @name body: (_) @body) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_) @body) @definition.enum
(enumerator name: (identifier) @name) @definition.constant
(type_definition declarator: (_) @declarator) @definition.type
(preproc_def name: (identifier) @name value: (_)? @body) @definition.macro
(preproc_function_def
  name: (identifier) @name
  parameters: (preproc_params) @parameters
  value: (_)? @body) @definition.macro

(comment) @doc

; Names that mean nothing elsewhere.
(parameter_declaration declarator: (identifier) @local)
(pointer_declarator declarator: (identifier) @local)
(array_declarator declarator: (identifier) @local)
(function_declarator declarator: (identifier) @local)
(labeled_statement label: (_) @ignore)
(goto_statement label: (_) @ignore)
