postgres:
  version: '15'
  use_upstream_repo: true
  users:
    localUser: {ensure: present, password: '98ruj923h4rf', createdb: false, createroles: false, inherit: true}
    absentUser: {ensure: absent}
  databases:
    db1: {owner: localUser, template: template0, lc_ctype: en_US.UTF-8, schemas: {public: {owner: localUser}}, extensions: {uuid-ossp: {schema: uuid}}}
  acls:
    - ['local', 'db1', 'localUser']
    - ['host', 'all', 'all', '127.0.0.1/32', 'md5']
  postgresconf: |-
    listen_addresses = '*'
    max_connections = {{ 25 * grains.num_cpus }}
