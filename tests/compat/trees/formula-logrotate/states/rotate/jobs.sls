{%- from 'rotate/map.jinja' import rotate with context %}
{%- from 'rotate/macros.jinja' import lines %}
include:
  - rotate
{%- for name, job in rotate.jobs.items() %}
{%- set paths = job.path | default([name]) %}
rotate-job-{{ name | replace('/', '-') | trim('-') }}:
  file.managed:
    - name: /etc/logrotate.d/{{ name.rsplit('/', 1)[-1] | regex_replace('[^a-z.]', '_') }}
    - contents: |
        {{ paths | join(' ') }} {
        {{- lines(job.config) }}
        }
    - require: [{sls: rotate}]
    - priority: {{ loop.revindex0 }}
{%- endfor %}
