app:
  name: web on {{ grains.os }}
  deep: {b: {d: 3}, e: 4}
