; What a Terraform or other HCL file defines. A block's labels are put together in Rust: the last names it, those
; before say what it is of.

(block) @definition.object @block
; Kept at the top of a file and in `locals`.
(attribute . (identifier) @name) @definition.variable

(comment) @doc
