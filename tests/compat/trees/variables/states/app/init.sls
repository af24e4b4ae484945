vars:
  test.nop:
    - os: {{ grains['os'] }}
    - nested: {{ grains.datacenter.rack.slot }}
    - get: {{ grains.get('nope', 'dflt') }}
    - list: {{ grains.roles }}
    - pillar: {{ pillar | json }}
    - env: {{ saltenv }}
    - sls: [{{ sls }}, {{ slspath }}, {{ slsdotpath }}]
    - tpl: [{{ tpldir }}, {{ tplfile }}, {{ tpldot }}]
    - id: [{{ grains.id }}, {{ opts.id }}, {{ opts['file_client'] }}]
    - cli: {{ opts.get('__cli') }}
    - has: {{ 'os' in grains }}
    - show: {{ show_full_context is defined }}
    - numbers: {{ grains.num_cpus * 2 + grains.osmajorrelease }}
    - version: {{ grains.saltversioninfo[0] >= 3006 }}
