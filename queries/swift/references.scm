; What a Swift file mentions.

(import_declaration) @imports

(call_expression . (simple_identifier) @name (call_suffix (value_arguments "["))) @reference.use
(call_expression
  .
  (navigation_expression
    target: (_) @qualifier
    suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix (value_arguments "["))) @reference.use
; A closure after the parentheses is one more argument, so such a call's are not counted.
(call_expression
  .
  [
    (simple_identifier) @name
    (navigation_expression
      target: (_) @qualifier
      suffix: (navigation_suffix suffix: (simple_identifier) @name))
  ]
  (call_suffix (lambda_literal))) @reference.call
(call_expression
  .
  [
    (simple_identifier) @name
    (navigation_expression
      target: (_) @qualifier
      suffix: (navigation_suffix suffix: (simple_identifier) @name))
  ]
  (call_suffix (value_arguments)? @arguments)) @reference.call
(constructor_expression
  constructed_type: (user_type (type_identifier) @name)
  (constructor_suffix (value_arguments)? @arguments)) @reference.class
(attribute (user_type (type_identifier) @name)) @reference.call
(inheritance_specifier inherits_from: (user_type (type_identifier) @name)) @reference.implementation

(type_identifier) @name @reference.type
(navigation_expression
  target: (_) @qualifier
  suffix: (navigation_suffix suffix: (simple_identifier) @name)) @reference.use
((simple_identifier) @ignore (#any-of? @ignore "$0" "$1" "$2"))
(simple_identifier) @name @reference.use
