{%- from 'jdk/settings.sls' import jdk with context %}
{#- require a source - there is no default download location #}
{%- if jdk.source %}
{%- set home = salt['file.join'](jdk.prefix, jdk.name) %}
jdk-install-dir:
  file.directory:
    - names: ['{{ jdk.prefix }}', /usr/lib/jvm]
    - mode: 755
    - makedirs: True
jdk-download:
  cmd.run:
    - name: curl -L -o /tmp/{{ jdk.name }}.tgz '{{ jdk.source }}'
    - unless:
      - test -d {{ home }}
      - test -f /tmp/{{ jdk.name }}.tgz
    - retry:
        attempts: {{ jdk.dl.retries }}
        interval: {{ jdk.dl.interval }}
    - require:
      - file: jdk-install-dir
jdk-unpack:
  archive.extracted:
    - name: {{ jdk.prefix }}
    - source: file:///tmp/{{ jdk.name }}.tgz
    - source_hash: {{ jdk.hash }}
    - archive_format: tar
    {%- if grains['saltversioninfo'] <= [2016, 11, 6] %}
    - if_missing: {{ home }}
    {%- endif %}
    - options: v
    - trim_output: 5
    - onchanges:
      - cmd: jdk-download
    - require_in:
      - file: jdk-link
jdk-link:
  file.symlink:
    - name: /usr/lib/java
    - target: {{ home }}
    - force: true
{%- if jdk.alt > 0 %}
{%- for tool in ['java', 'javac'] %}
jdk-alternatives-{{ tool }}:
  alternatives.install:
    - name: {{ tool }}
    - link: /usr/bin/{{ tool }}
    - path: {{ home }}/bin/{{ tool }}
    - priority: {{ jdk.alt }}
    - retry: {attempts: 2, until: true}
    - onlyif: {{ grains.os_family in ('RedHat', 'Debian') }}
    - require: [{file: jdk-link}]
{%- endfor %}
{%- endif %}
{%- else %}
jdk-no-source:
  test.show_notification:
    - text: |
        nothing for {{ jdk.release }}
{%- endif %}
