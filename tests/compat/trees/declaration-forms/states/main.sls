short-string: test.nop
no-arguments:
  test.nop
empty-list:
  test.nop: []
one-argument:
  test.nop:
    - a: 1
nested-form:
  test:
    - nop
    - a: 1
function-last:
  test:
    - a: 1
    - nop
several:
  pkg.installed: []
  file.managed:
    - name: /etc/several.conf
  service.running:
    - enable: true
two-keys-in-one-item:
  test.nop:
    - a: 1
      b: 2
colon.name/with space: test.nop
"quoted: id":
  test.nop: []
1.5-version:
  test.nop: []
