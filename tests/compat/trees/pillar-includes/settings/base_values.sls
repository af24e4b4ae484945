override: base
only_base: 1
