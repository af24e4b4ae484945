a:
  pkg.installed:
    - pkgs: [{% for p in ps %}{{ p }}{% if not loop.last %}, {% endif %}{% endfor %}]
