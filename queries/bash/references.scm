; What a shell script mentions.

((command
  name: (command_name (word) @test @ignore)
  argument: [(word) (string) (raw_string) (concatenation)] @imports)
  (#any-of? @test "source" "."))

(command name: (command_name (word) @name)) @reference.call
(simple_expansion (variable_name) @name) @reference.use
(expansion (variable_name) @name) @reference.use
(subscript name: (variable_name) @name) @reference.use
