{% from "users/map.jinja" import users with context %}

users_bash_package:
  pkg.installed:
    - name: {{ users.bash_package }}

users_sudo_package:
  pkg.installed:
    - name: {{ users.sudo_package }}
    - require:
      - file: users_sudoers_dir

users_sudoers_dir:
  file.directory:
    - name: {{ users.sudoers_dir }}

users_sudoer_defaults:
  file.append:
    - name: {{ users.sudoers_file }}
    - require:
      - pkg: users_sudo_package
    - text:
      - Defaults env_reset
      - Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      - '#includedir {{ users.sudoers_dir }}'
