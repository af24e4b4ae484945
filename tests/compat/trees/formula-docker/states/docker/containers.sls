{% set containers = salt['pillar.get']('docker-containers:lookup', {}) %}
include:
  - docker
{% for name, container in containers.items() %}
docker-image-{{ name }}:
  cmd.run:
    - name: docker pull {{ container.image }}
    - unless: docker images | grep {{ container.image.split(':') | first }}
    - require:
      - service: docker-docker-running
docker-container-service-{{ name }}:
  file.managed:
    - name: /etc/systemd/system/docker-{{ name }}.service
    - source: salt://docker/files/service.jinja
    - mode: 755
    - template: jinja
    - defaults:
        name: {{ name | json }}
        container: {{ container | json }}
    - context:
        cmd: {{ container.cmd or '' }}
        stop: {{ container.get('stopoptions', []) | join(' ') | json }}
  service.running:
    - name: docker-{{ name }}
    - watch:
      - cmd: docker-image-{{ name }}
      - file: docker-container-service-{{ name }}
{% endfor %}
