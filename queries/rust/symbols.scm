; What a Rust file defines.

(function_item
  name: (_) @name
  parameters: (parameters) @parameters
  return_type: (_)? @returns
  body: (block) @body) @definition.function

(function_signature_item
  name: (_) @name
  parameters: (parameters) @parameters
  return_type: (_)? @returns) @definition.function

(struct_item name: (type_identifier) @name body: (_)? @body) @definition.struct
(union_item name: (type_identifier) @name body: (_) @body) @definition.struct
(enum_item name: (type_identifier) @name body: (_) @body) @definition.enum
(enum_variant name: (identifier) @name body: (_)? @body) @definition.constant
(trait_item name: (type_identifier) @name body: (_) @body) @definition.trait
(mod_item name: (identifier) @name body: (_)? @body) @definition.module
(const_item name: (identifier) @name value: (_)? @body) @definition.constant
(static_item name: (identifier) @name value: (_)? @body) @definition.constant
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(macro_definition name: (identifier) @name (macro_rule)? @body) @definition.macro
(field_declaration name: (field_identifier) @name type: (_) @returns) @definition.field

; What an `impl` holds belongs to its subject; what implements a trait can be seen wherever the trait can.
(impl_item !trait type: (_) @owner) @scope
(impl_item trait: (_) @exported type: (_) @owner) @scope

(line_comment) @doc
(block_comment) @doc
(attribute_item) @attribute

; Names that mean nothing elsewhere.
(parameter pattern: (identifier) @local)
(closure_parameters (identifier) @local)
(let_declaration pattern: (identifier) @local)
(let_condition pattern: (identifier) @local)
(for_expression pattern: (identifier) @local)
(match_pattern (identifier) @local)
(captured_pattern . (identifier) @local)
(tuple_pattern (identifier) @local)
(tuple_struct_pattern type: (_) (identifier) @local)
(slice_pattern (identifier) @local)
(or_pattern (identifier) @local)
(ref_pattern (identifier) @local)
(mut_pattern (identifier) @local)
(reference_pattern (identifier) @local)
(field_pattern pattern: (identifier) @local)
(field_pattern name: (shorthand_field_identifier) @local)
(type_parameter name: (type_identifier) @local)
(const_parameter name: (identifier) @local)
(lifetime (identifier) @ignore)
(label (identifier) @ignore)
