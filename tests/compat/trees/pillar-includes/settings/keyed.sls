value: 1
deep: {x: y}
