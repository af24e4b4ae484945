from: dev
dev_only: {{ saltenv }}
