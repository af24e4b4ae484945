map: {x: 1}
kept: 1
