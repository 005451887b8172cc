; What a Dockerfile defines: its stages and variables.

(from_instruction as: (image_alias) @name) @definition.object
(arg_pair name: (_) @name) @definition.variable
(env_pair name: (_) @name) @definition.variable

(comment) @doc
