; What an SQL file mentions.

(invocation (object_reference schema: (identifier)? @qualifier name: (identifier) @name)) @reference.call
(field (object_reference)? @qualifier name: (identifier) @name) @reference.use
(object_reference schema: (identifier)? @qualifier name: (identifier) @name) @reference.use
