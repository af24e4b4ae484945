map: {y: 2}
