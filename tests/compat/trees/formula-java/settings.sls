jdk:
  prefix: /opt/java
  release: '21.0.2'
  dl: {retries: 3, interval: 60}
  linux: {altpriority: 301000000}
