; What an SQL file defines.

(create_table (object_reference schema: (identifier)? @owner name: (identifier) @name)
  (column_definitions)? @body) @definition.object
(create_view (object_reference schema: (identifier)? @owner name: (identifier) @name)
  (create_query)? @body) @definition.object
(create_materialized_view (object_reference schema: (identifier)? @owner name: (identifier) @name)
  (create_query)? @body) @definition.object
(create_function
  (object_reference schema: (identifier)? @owner name: (identifier) @name)
  (function_arguments)? @parameters
  (function_body)? @body) @definition.object
(create_type (object_reference schema: (identifier)? @owner name: (identifier) @name)) @definition.object
(create_trigger . (object_reference schema: (identifier)? @owner name: (identifier) @name)) @definition.object
(create_sequence (object_reference schema: (identifier)? @owner name: (identifier) @name)) @definition.object
(create_index column: (identifier) @name) @definition.object
(create_schema (identifier) @name) @definition.object
(create_role (identifier) @name) @definition.object
(create_extension (identifier) @name) @definition.object
(column_definition name: (identifier) @name) @definition.field

(comment) @doc
(marginalia) @doc

; Names that mean nothing elsewhere.
(cte . (identifier) @local)
(relation alias: (identifier) @local)
(term alias: (identifier) @ignore)
