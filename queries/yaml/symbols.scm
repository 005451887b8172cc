; The keys at the top of a YAML file.

(stream
  (document (block_node (block_mapping (block_mapping_pair key: (flow_node) @name) @definition.key))))
