cron:
  enabled: true
  tasks:
    task1: {type: present, name: echo test > /tmp/test, user: root, minute: 0, hour: '*/2', daymonth: '*', month: random, dayweek: 1-5, comment: a comment}
    task2: {type: absent, name: echo %d, user: nobody}
    task3: {name: reboot, special: '@hourly'}
  env: {MAILTO: root@example.com, EMPTY: ''}
