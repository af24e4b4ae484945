list: [2, 3]
map: {l: [b], y: 2}
