role: front
app: {tier: gold, list: [a, b]}
