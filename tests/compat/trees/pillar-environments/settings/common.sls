from: base
base_only: 1
