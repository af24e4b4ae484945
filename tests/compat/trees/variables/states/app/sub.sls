vars-sub:
  test.nop:
    - sls: [{{ sls }}, {{ slspath }}, {{ slsdotpath }}]
    - tpl: [{{ tpldir }}, {{ tplfile }}, {{ tpldot }}]
