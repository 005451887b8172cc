; What a Kotlin file mentions.

(import) @imports

; A lambda after the parentheses is one more argument, so such a call's are not counted.
(call_expression
  .
  [(identifier) @name (navigation_expression (_) @qualifier (identifier) @name .)]
  (annotated_lambda)) @reference.call
(call_expression
  .
  [(identifier) @name (navigation_expression (_) @qualifier (identifier) @name .)]
  (value_arguments)? @arguments) @reference.call
(delegation_specifier
  [
    (user_type (identifier) @name)
    (constructor_invocation (user_type (identifier) @name))
    (explicit_delegation (user_type (identifier) @name))
  ]) @reference.implementation
(annotation
  [
    (user_type (identifier) @name)
    (constructor_invocation (user_type (identifier) @name) (value_arguments) @arguments)
  ]) @reference.call

(user_type (identifier) @name) @reference.type
(navigation_expression (_) @qualifier (identifier) @name .) @reference.use
(callable_reference (identifier) @name .) @reference.use
((identifier) @ignore (#eq? @ignore "it"))
(identifier) @name @reference.use
