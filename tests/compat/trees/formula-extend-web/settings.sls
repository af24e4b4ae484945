site: {hosts: [a.example.com, b.example.com]}
