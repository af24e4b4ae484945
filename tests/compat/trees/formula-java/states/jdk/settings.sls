{%- set p = salt['pillar.get']('jdk', {}) %}
{%- set g = salt['grains.get']('jdk', {}) %}
{%- set default_urls = {'17.0.1': {'uri': 'https://dl.example.com/17', 'hash': 'sha256=aa'}, '21.0.2': {'uri': 'https://dl.example.com/21', 'hash': 'sha256=bb'}} %}
{%- set release = g.get('release', p.get('release', '17.0.1')) %}
{%- set major, minor, patch = release.split('.') %}
{%- set jdk = {} %}
{%- do jdk.update({
  'release': release,
  'name': 'jdk' ~ major ~ 'u' ~ minor,
  'major': major | int,
  'prefix': p.get('prefix', '/usr/share'),
  'source': default_urls.get(release, {}).get('uri'),
  'hash': default_urls[release]['hash'].rsplit('=')[-1],
  'dl': p.get('dl', {}),
  'alt': p.get('linux', {}).get('altpriority', 0),
}) %}
