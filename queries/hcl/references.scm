; What an HCL file mentions: `aws_s3_bucket.logs.id` is `logs` of `aws_s3_bucket`.

(function_call . (identifier) @name (function_arguments)? @arguments) @reference.call
((expression
  (variable_expr (identifier) @test @ignore)
  .
  (get_attr (identifier) @qualifier @ignore)
  .
  (get_attr (identifier) @name)) @reference.use
  (#eq? @test "data"))
(expression (variable_expr (identifier) @qualifier) . (get_attr (identifier) @name)) @reference.use
