people:
  lookup: {admin_group: root}
  groups:
    ops: {gid: 3000, members: [ann, bob]}
    gone: {state: absent}
  accounts:
    ann:
      fullname: Ann Example
      uid: 2001
      main: {name: ann, gid: 2001}
      groups: [ops, sudo]
      shell: /bin/zsh
      keys: [ssh-ed25519 AAAA ann@one, ssh-ed25519 BBBB ann@two]
      admin: true
      rules: ['ALL=(root) NOPASSWD:/usr/bin/id', 'ALL=(ops) ALL']
      files: {enabled: true, mode: 0644}
    bob:
      system: true
      home: /var/lib/bob
      make_home: false
      expires: 16426
      pairs: {private: bob.key, public: bob.pub}
    eve: {absent: true, purge: true}
    plain:
