; What a Python file mentions.

(import_statement) @imports
(import_from_statement) @imports
(future_import_statement) @imports

(class_definition
  superclasses: (argument_list
    [
      (identifier) @name
      (attribute object: (_) @qualifier attribute: (identifier) @name)
      (subscript
        value: [
          (identifier) @name
          (attribute object: (_) @qualifier attribute: (identifier) @name)
        ])
    ])) @reference.implementation

(decorator
  [
    (identifier) @name
    (attribute object: (_) @qualifier attribute: (identifier) @name)
  ]) @reference.call

(call
  function: [
    (identifier) @name
    (attribute object: (_) @qualifier attribute: (identifier) @name)
  ]
  arguments: (_) @arguments) @reference.call

(type
  [
    (identifier) @name
    (attribute object: (_) @qualifier attribute: (identifier) @name)
    (generic_type . (identifier) @name)
    (subscript value: (identifier) @name)
  ]) @reference.type

(class_pattern (dotted_name (identifier) @name .)) @reference.type
(case_pattern (dotted_name . (identifier) @local .))

(attribute object: (_) @qualifier attribute: (identifier) @name) @reference.use
(identifier) @name @reference.use
