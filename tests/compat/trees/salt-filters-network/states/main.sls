addresses:
  test.nop:
    - is_ip: {{ ['10.0.0.1', '::1', 'x', '10.0.0.1/8'] | map('is_ip') | list }}
    - is_ipv4: {{ ['10.0.0.1', '::1'] | map('is_ipv4') | list }}
    - is_ipv6: {{ ['10.0.0.1', '::1'] | map('is_ipv6') | list }}
    - ipaddr: {{ '10.0.0.1' | ipaddr }}
    - ipaddr_none: {{ 'hello' | ipaddr is none }}
    - ipaddr_list: {{ ['10.0.0.1', 'x', '::1'] | ipaddr }}
    - ipv4: {{ ['10.0.0.1', '::1'] | ipv4 }}
    - ipv6: {{ ['10.0.0.1', '::1'] | ipv6 }}
    - private: {{ ['10.0.0.1', '8.8.8.8'] | ipv4(options='private') }}
    - public: {{ ['10.0.0.1', '8.8.8.8'] | ipaddr(options='public') }}
    - hosts: {{ '192.168.0.0/30' | network_hosts }}
    - size: {{ '192.168.0.0/24' | network_size }}
    - subnet: {{ '10.1.2.3' | is_ip }}
