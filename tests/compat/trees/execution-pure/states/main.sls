{% do salt['log.debug']('debug ' ~ grains.id) %}
{% do salt.log.warning('warning') %}
{% do salt['log.error']('error') %}
{%- set ignored = salt['log.info']('info') %}
x:
  test.nop:
    - dirname: {{ salt['file.dirname']('/etc/nginx/nginx.conf') }}
    - basename: {{ salt['file.basename']('/etc/nginx/nginx.conf') }}
    - join: {{ salt['file.join']('/etc', 'nginx', 'x') }}
    - log_value: {{ ignored }}
    - net: {{ salt['network.calc_net']('10.1.2.3', '255.255.255.0') }}
    - net_cidr: {{ salt['network.calc_net']('10.1.2.3/20') }}
    - in_subnet: {{ salt['network.ip_in_subnet']('10.1.2.3', '10.1.0.0/16') }}
    - not_in_subnet: {{ salt['network.ip_in_subnet']('10.9.2.3', '10.1.0.0/16') }}
    - private: {{ [salt['network.is_private']('10.0.0.1'), salt['network.is_private']('8.8.8.8')] }}
    - loopback: {{ salt['network.is_loopback']('127.0.0.1') }}
    - reverse: {{ salt['network.reverse_ip']('10.1.2.3') }}
    - compound: {{ salt['match.compound']('G@os:Debian and not web9*') }}
    - glob: {{ salt['match.glob']('web*') }}
    - grain: {{ salt['match.grain']('os_family:Debian') }}
    - grain_miss: {{ salt['match.grain']('os_family:RedHat') }}
    - grain_pcre: {{ salt['match.grain_pcre']('os:^Deb') }}
    - pcre: {{ salt['match.pcre']('web\\d+\\..*') }}
    - list: {{ salt['match.list']('a,web1.example.com') }}
    - pillar: {{ salt['match.pillar']('a:b') }}
    - filter_by: {{ salt['match.filter_by']({'web*': 'w', 'db*': 'd'}) }}
    - filter_default: {{ salt['match.filter_by']({'db*': 'd', 'default': 'x'}, default='default') }}
    - cmp: {{ [salt['pkg.version_cmp']('1.2', '1.10') < 0] if false else 'needs a package manager' }}
