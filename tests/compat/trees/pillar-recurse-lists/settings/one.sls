list: [1, 2]
map: {l: [a], x: 1}
