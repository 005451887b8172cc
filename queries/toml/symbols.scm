; The tables of a TOML file and the keys before them.

(document (pair . (_) @name) @definition.key)
(table . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key
