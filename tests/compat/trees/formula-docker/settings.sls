docker:
  wanted: [docker, compose]
  pkg:
    docker:
      use_upstream: repo
      config: ['OPTIONS="--dns 10.0.0.53 -l warn"', 'export no_proxy="localhost,::1"']
      daemon_config: {insecure-registries: [localhost:5000], log-opts: {max-size: 10m}}
docker-containers:
  lookup:
    registry:
      image: "registry:2"
      args: [--log-level debug]
      cmd: serve
      runoptions: ["-e LEVEL=warn", "-p 127.0.0.1:5000:5000", "--rm"]
      pull_before_start: false
      remove_on_stop: true
      stopoptions: ['-t 10']
    cache: {image: redis, cmd: null}
