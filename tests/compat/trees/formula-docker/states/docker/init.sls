{% set docker = salt['pillar.get']('docker', {}) %}
{% for name in docker.wanted %}
{% set conf = docker.pkg.get(name, {}) %}
{% if not conf %}{% continue %}{% endif %}
docker-{{ name }}-repo:
  pkgrepo.{{ 'managed' if conf.use_upstream in ('repo', true) else 'absent' }}:
    - humanname: containers for {{ grains["os"] }} {{ grains["oscodename"] | capitalize }}
    - name: deb [arch={{ grains['osarch'] }}] https://download.example.com/linux/{{ grains['os'] | lower }} {{ grains["oscodename"] }} stable
    - file: /etc/apt/sources.list.d/docker.list
    - key_url: https://download.example.com/linux/{{ grains['os'] | lower }}/gpg
    - refresh_db: True
    - require_in:
      - pkg: docker-{{ name }}-package
docker-{{ name }}-package:
  pkg.installed:
    - name: {{ name }}-ce
    - refresh: {{ conf.get('refresh', True) }}
    - allow_updates: {{ conf.allow_updates | default(false) }}
docker-{{ name }}-config:
  file.managed:
    - name: /etc/default/docker
    - contents: {{ conf.config | join('\n') | yaml_dquote }}
    - mode: '0644'
docker-{{ name }}-daemon:
  file.serialize:
    - name: /etc/docker/daemon.json
    - dataset: {{ conf.daemon_config | yaml }}
    - formatter: json
    - serializer_opts: [{indent: 2}, {sort_keys: true}]
docker-{{ name }}-running:
  service.running:
    - name: docker
    - enable: True
    - watch:
      - file: docker-{{ name }}-config
      - pkg: docker-{{ name }}-package
  module.run:
    - name: service.restart
    - m_name: docker
    - onchanges:
      - file: docker-{{ name }}-daemon
new-style-module-run:
  module.run:
    - service.reload:
      - name: docker
    - test.ping: []
    - watch:
      - service: docker-{{ name }}-running
{% endfor %}
docker-pip:
  pip.installed:
    - names:
      - docker
      - requests: 
        - version: '2.0'
    - reload_modules: true
    - exists_action: i
    - require:
      - pkg: python-pip
  pkg.installed:
    - name: python-pip
