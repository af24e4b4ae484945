{{- define "zester.kinds" -}}
statetrees topassignments settings gitsources peels enrollments commands rollouts reactorrules
{{- end }}

{{/* What the mirror needs to do, and nothing else. A 'patch' is a finalizer or a status. */}}
{{- define "zester.rules" -}}
- apiGroups: [zester.dev]
  resources: [statetrees, topassignments, settings, gitsources, peels, enrollments, commands, rollouts, reactorrules]
  verbs: [get, list, watch, patch]
- apiGroups: [zester.dev]
  resources: [statetrees/status, topassignments/status, settings/status, gitsources/status, peels/status, enrollments/status, commands/status, rollouts/status, reactorrules/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- with .Values.mirror.references }}
{{- if .configMaps }}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
{{- end }}
{{- if .secrets }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
{{- end }}
{{- end }}
{{- with .Values.rbac.extraRules }}
{{ toYaml . }}
{{- end }}
{{- end }}
