{{/* What the master is told by variables. */}}
{{- define "zester.settings" -}}
ZESTER_MASTER_TRUST: /etc/zester/trust
ZESTER_MASTER_PROBE: {{ printf "0.0.0.0:%v" .Values.metrics.port | quote }}
{{- if .Values.nats.embedded.enabled }}
ZESTER_MASTER_URL: {{ include "zester.natsUrl" . | quote }}
{{- else }}
ZESTER_MASTER_URL: {{ join "," .Values.nats.external.urls | quote }}
{{- end }}
ZESTER_MASTER_ENROLL_POLICY: {{ .Values.enrollment.policy | quote }}
{{- with .Values.enrollment.allow }}
ZESTER_MASTER_ENROLL_ALLOW: {{ join "," . | quote }}
{{- end }}
{{- if .Values.mirror.enabled }}
ZESTER_MASTER_KUBE_CLUSTER: {{ .Values.mirror.clusterId | quote }}
ZESTER_MASTER_KUBE_TRUST: /etc/zester/mirror
ZESTER_MASTER_KUBE_RESYNC: {{ .Values.mirror.resyncInterval | quote }}
{{- $watch := list }}
{{- if .Values.mirror.references.configMaps }}
{{- $watch = append $watch "configmaps" }}
{{- end }}
{{- if .Values.mirror.references.secrets }}
{{- $watch = append $watch "secrets" }}
{{- end }}
{{- with $watch }}
ZESTER_MASTER_KUBE_WATCH: {{ join "," . | quote }}
{{- end }}
{{- $watch := list }}
{{- if .Values.mirror.references.configMaps }}{{ $watch = append $watch "configmaps" }}{{ end }}
{{- if .Values.mirror.references.secrets }}{{ $watch = append $watch "secrets" }}{{ end }}
{{- with $watch }}
ZESTER_MASTER_KUBE_WATCH: {{ join "," . | quote }}
{{- end }}
{{- with .Values.mirror.peels }}
ZESTER_MASTER_KUBE_PEELS: {{ . | quote }}
{{- end }}
{{- if .Values.mirror.enrollments }}
ZESTER_MASTER_KUBE_ENROLLMENTS: "true"
{{- end }}
{{- if include "zester.machines" . }}
ZESTER_MASTER_KUBE_HOME: {{ include "zester.home" . | quote }}
{{- end }}
{{- with .Values.mirror.namespaces }}
ZESTER_MASTER_KUBE_NAMESPACES: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Every server by its own name: a client takes one by chance, and another when it is away. */}}
{{- define "zester.natsUrl" -}}
{{- $root := . -}}
{{- $port := .Values.nats.embedded.service.port -}}
{{- if eq (int .Values.nats.embedded.replicas) 1 -}}
{{- printf "tls://%s.%s.svc:%v" (include "zester.nats" .) (include "zester.namespace" .) $port -}}
{{- else -}}
{{- $urls := list -}}
{{- range until (int .Values.nats.embedded.replicas) -}}
{{- $urls = append $urls (printf "tls://%s-%d.%s-servers.%s.svc:4222" (include "zester.nats" $root) . (include "zester.nats" $root) (include "zester.namespace" $root)) -}}
{{- end -}}
{{- join "," $urls -}}
{{- end -}}
{{- end }}

{{- define "zester.home" -}}
{{- .Values.mirror.home | default (include "zester.namespace" .) -}}
{{- end }}

{{/* Kinds whose objects the mirror makes itself. */}}
{{- define "zester.machines" -}}
{{- $kinds := list -}}
{{- if .Values.mirror.peels }}{{ $kinds = append $kinds "peels" }}{{ end -}}
{{- if .Values.mirror.enrollments }}{{ $kinds = append $kinds "enrollments" }}{{ end -}}
{{- join "," $kinds -}}
{{- end }}
