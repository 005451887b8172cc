; What a Rust file mentions.

(use_declaration argument: (_) @imports)
(extern_crate_declaration name: (identifier) @name alias: (identifier)? @alias) @reference.import

(call_expression
  function: [
    (identifier) @name
    (scoped_identifier path: (_)? @qualifier name: (identifier) @name)
    (field_expression value: (_) @qualifier field: (field_identifier) @name)
    (generic_function
      function: [
        (identifier) @name
        (scoped_identifier path: (_)? @qualifier name: (identifier) @name)
        (field_expression value: (_) @qualifier field: (field_identifier) @name)
      ])
  ]
  arguments: (arguments) @arguments) @reference.call

(macro_invocation
  macro: [
    (identifier) @name
    (scoped_identifier path: (_)? @qualifier name: (identifier) @name)
  ]) @reference.call

; The tokens of a macro's call are not parsed: a name before a parenthesis is taken for a call.
(token_tree (identifier) @name . (token_tree "(")) @reference.call

(attribute
  [
    (identifier) @name
    (scoped_identifier path: (_)? @qualifier name: (identifier) @name)
  ]) @reference.call

(struct_expression
  name: [
    (type_identifier) @name
    (scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name)
    (generic_type_with_turbofish
      type: [
        (type_identifier) @name
        (scoped_identifier path: (_)? @qualifier name: (identifier) @name)
      ])
  ]) @reference.class

(impl_item
  trait: [
    (type_identifier) @name
    (scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name)
    (generic_type
      type: [
        (type_identifier) @name
        (scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name)
      ])
  ]) @reference.implementation

(trait_item
  bounds: (trait_bounds
    [
      (type_identifier) @name
      (scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name)
      (generic_type type: (type_identifier) @name)
    ])) @reference.implementation

(scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type

(scoped_identifier path: (_)? @qualifier name: (identifier) @name) @reference.use
(field_expression value: (_) @qualifier field: (field_identifier) @name) @reference.use
(field_initializer field: (field_identifier) @name) @reference.use
(field_pattern name: (field_identifier) @name) @reference.use
(identifier) @name @reference.use
