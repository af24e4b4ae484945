share:
  conf:
    sections:
      global: {workgroup: HOME, 'server string': 'files', printable: no}
      homes: {browseable: 'no', 'read only': no, list: [a, b]}
  users: {joe: {password: secret, uid: 2000}, amy: }
