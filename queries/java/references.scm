; What a Java file mentions.

(import_declaration) @imports

(method_invocation
  object: (_)? @qualifier
  name: (identifier) @name
  arguments: (argument_list) @arguments) @reference.call
(method_reference . (_) @qualifier (identifier) @name .) @reference.use
(marker_annotation
  name: [(identifier) @name (scoped_identifier scope: (_) @qualifier name: (identifier) @name)])
  @reference.call
(annotation
  name: [(identifier) @name (scoped_identifier scope: (_) @qualifier name: (identifier) @name)])
  @reference.call

(object_creation_expression
  type: [
    (type_identifier) @name
    (scoped_type_identifier (_) @qualifier (type_identifier) @name .)
    (generic_type
      .
      [
        (type_identifier) @name
        (scoped_type_identifier (_) @qualifier (type_identifier) @name .)
      ])
  ]
  arguments: (argument_list) @arguments) @reference.class

(superclass
  [
    (type_identifier) @name
    (scoped_type_identifier (_) @qualifier (type_identifier) @name .)
    (generic_type . [(type_identifier) @name (scoped_type_identifier (_) @qualifier (type_identifier) @name .)])
  ]) @reference.implementation
(super_interfaces
  (type_list
    [
      (type_identifier) @name
      (scoped_type_identifier (_) @qualifier (type_identifier) @name .)
      (generic_type . [(type_identifier) @name (scoped_type_identifier (_) @qualifier (type_identifier) @name .)])
    ])) @reference.implementation
(extends_interfaces
  (type_list
    [
      (type_identifier) @name
      (scoped_type_identifier (_) @qualifier (type_identifier) @name .)
      (generic_type . [(type_identifier) @name (scoped_type_identifier (_) @qualifier (type_identifier) @name .)])
    ])) @reference.implementation

((type_identifier) @ignore (#eq? @ignore "var"))
(scoped_type_identifier (_) @qualifier (type_identifier) @name .) @reference.type
(type_identifier) @name @reference.type

(field_access object: (_) @qualifier field: (identifier) @name) @reference.use
(identifier) @name @reference.use
