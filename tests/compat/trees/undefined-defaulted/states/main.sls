{% set maybe = pillar.get('gone', {}) %}
x:
  test.nop:
    - a: {{ nothing | default('none') }}
    - b: {{ pillar.gone | default('none') }}
    - c: {{ maybe.port | d(80) }}
    - d: {{ '' | d('empty', true) }}
    - e: {{ nothing is defined }}
    - f: {{ nothing is undefined }}
    - g: {{ grains.get('gone') is none }}
    - h: {{ 'a' if pillar.gone is defined else 'b' }}
    - i: {{ grains.gone | default(grains.id) }}
    - j: {{ [nothing | default(1), 2] | sum }}
