systemd: {unit: shadowed}
roles: [from-pillar]
app: {a: {b: pillar, list: [1]}, only: p}
timezone: UTC
