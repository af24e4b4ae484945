{% set locale = pillar.get('locale', {}) %}
{% for one in locale.get('present', []) %}
locale-{{ one | replace('.', '_') | replace(' ', '_') }}:
  locale.present:
    - name: {{ one }}
{% endfor %}
{% if locale.default is defined %}
locale-default:
  locale.system:
    - name: {{ locale['default'].get('name', 'en_US.UTF-8') }}
    - require:
      - locale: locale-{{ locale.default.requires | replace('.', '_') | replace(' ', '_') }}
{% endif %}
