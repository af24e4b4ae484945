web: {port: 8080, hosts: [a, b]}
"dotted.key": exact
