; What a Dockerfile mentions.

(from_instruction (image_spec name: (image_name) @name)) @reference.use
(expansion (variable) @name) @reference.use
