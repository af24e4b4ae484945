sshd_config:
  Port: [22, 2222]
  PermitRootLogin: 'no'
  matches:
    sftp: {type: {User: sftp}, options: {ChrootDirectory: /srv}}
openssh:
  provide_dsa_keys: false
  provide_ed25519_keys: true
  ed25519:
    private_key: |
      -----BEGIN-----
      abc
      -----END-----
    public_key: ssh-ed25519 AAAA
  generate_rsa_keys: true
  generate_rsa_size: 4096
  known_hosts:
    hostnames: [a.example.com, b.example.com]
    static: {gitlab.com: ssh-rsa AAAAB3, 'github.com,1.2.3.4': ssh-rsa BBB}
