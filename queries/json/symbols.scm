; The keys at the top of a JSON file.

(document (object (pair key: (string) @name) @definition.key))
