user:
  name: {{ who | default('nobody') }}
  shell: {{ shell | default('sh') }}
