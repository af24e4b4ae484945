sudoers:
  users:
    joan:
      - 'ALL=(ALL) ALL'
      - 'ALL=(root) NOPASSWD: /usr/bin/systemctl restart web'
  groups:
    sudo:
      - 'ALL=(ALL) ALL'
  defaults:
    generic: [env_reset, mail_badpass, secure_path="/usr/sbin:/usr/bin"]
    user_list:
      joan: '!requiretty'
    host_list: {www: use_pty}
  aliases:
    hosts: {FRONT: [w1, w2]}
    commands:
      SLOW: [/usr/bin/nice, /usr/bin/ionice]
  includedir: /etc/sudoers.d
  included_files:
    /etc/sudoers.d/extra:
      users: {foo: ['ALL=(ALL) ALL']}
    relative: {groups: {bar: ['ALL=(ALL) NOPASSWD: ALL']}}
