web:
  tofs:
    files_switch: [roles, osfinger, 'datacenter:name']
    source_files:
      web-config: [alt.conf]
    dirs: {files: templates, default: dflt}
  pkgs: [httpd, mod_ssl]
