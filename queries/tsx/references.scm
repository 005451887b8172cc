; What TSX adds to TypeScript: a component that is placed is called.

(jsx_opening_element
  name: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]) @reference.call
(jsx_self_closing_element
  name: [
    (identifier) @name
    (member_expression object: (_) @qualifier property: (_) @name)
  ]) @reference.call
(jsx_closing_element name: (_) @ignore)
(jsx_closing_element name: (member_expression property: (_) @ignore))
