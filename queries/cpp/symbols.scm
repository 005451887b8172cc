; What a C++ file defines beyond what C's queries say.

(class_specifier name: (_) @name body: (_) @body) @definition.class
(struct_specifier name: [(template_type) (qualified_identifier)] @name body: (_) @body) @definition.struct
(namespace_definition name: (_) @name body: (_) @body) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.interface

(template_declaration
  [
    (function_definition)
    (declaration)
    (class_specifier)
    (struct_specifier)
    (union_specifier)
    (alias_declaration)
    (concept_definition)
  ] @wrapped) @wrapper

; Names that mean nothing elsewhere.
(optional_parameter_declaration declarator: (identifier) @local)
(reference_declarator (identifier) @local)
(for_range_loop declarator: (identifier) @local)
(structured_binding_declarator (identifier) @local)
(lambda_capture_initializer left: (identifier) @local)
(type_parameter_declaration (type_identifier) @local)
(optional_type_parameter_declaration name: (type_identifier) @local)
(variadic_type_parameter_declaration (type_identifier) @local)
(template_parameter_list (parameter_declaration declarator: (identifier) @local))
(namespace_alias_definition name: (namespace_identifier) @local)
