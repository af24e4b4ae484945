base:
  '*':
    - common
  'web*':
    - glob
  'db*':
    - never
  'E@web\d+\.':
    - match: compound
    - c-pcre
  'web\d\..*':
    - match: pcre
    - pcre
  'os:Debian':
    - match: grain
    - grain
  'datacenter:rack:slot:7':
    - match: grain
    - grain-nested
  'roles:cache':
    - match: grain
    - grain-list
  'os:D*':
    - match: grain
    - grain-glob
  'os:^Deb.*':
    - match: grain_pcre
    - grain-pcre
  'role:front':
    - match: pillar
    - pillar
  'app:tier:gold':
    - match: pillar
    - pillar-nested
  'app:tier:g*':
    - match: pillar_exact
    - never
  'app:list:b':
    - match: pillar
    - pillar-list
  'role:^fr':
    - match: pillar_pcre
    - pillar-pcre
  'web1.example.com,web2.example.com':
    - match: list
    - list
  '10.1.0.0/16':
    - match: ipcidr
    - cidr
  '10.1.2.3':
    - match: ipcidr
    - ip
  'webs':
    - match: nodegroup
    - nodegroup
  'nested':
    - match: nodegroup
    - nodegroup-nested
  'others':
    - match: nodegroup
    - never
  'N@listed and G@kernel:Linux':
    - match: compound
    - c-nodegroup
  'G@os:Debian and not E@db.* and ( I@role:front or S@192.168.9.0/24 )':
    - match: compound
    - c-mixed
  'P@os:(Debian|Ubuntu) and J@role:^fr and L@web1.example.com,b':
    - match: compound
    - c-all
  'not web*':
    - match: compound
    - never
  'G@os:RedHat or web1*':
    - c-default
{%- for name in ['common', 'glob', 'never', 'c-pcre'] %}
  'loop-{{ name }}*':
    - never
{%- endfor %}
