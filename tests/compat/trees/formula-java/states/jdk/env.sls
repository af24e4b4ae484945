{%- from 'jdk/settings.sls' import jdk with context %}
jdk-config:
  file.managed:
    - name: /etc/profile.d/java.sh
    - template: jinja
    - source: salt://jdk/java.sh
    - context: {java_home: /usr/lib/java, major: {{ jdk.major }}}
    - contents: |
        export JAVA_HOME={{ '%s/%s' % (jdk.prefix, jdk.name) }}
        export PATH=$JAVA_HOME/bin:$PATH
