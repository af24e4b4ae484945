{{/* Job, account and rights of one step of ours. Needs root, step, hook, args, rules; namespaces are optional. */}}
{{- define "zester.hook" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "zester.fullname" .root) .step -}}
{{- $wide := printf "%s:%s" (include "zester.clusterName" .root) .step -}}
{{- $policy := "before-hook-creation,hook-succeeded" -}}
{{- $before := dict "helm.sh/hook" .hook "helm.sh/hook-weight" "-1" "helm.sh/hook-delete-policy" $policy -}}
{{- $job := dict "helm.sh/hook" .hook "helm.sh/hook-weight" "1" "helm.sh/hook-delete-policy" $policy -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "zester.metadata" (dict "root" $root "component" .step "name" $name "annotations" $before) | nindent 2 }}
automountServiceAccountToken: false
---
{{- $spaces := .namespaces | default (list "") }}
{{- $rules := .rules }}
{{- $step := .step }}
{{- range $space := $spaces }}
{{- $kind := ternary "ClusterRole" "Role" (eq $space "") }}
{{- $meta := dict "root" $root "component" $step "name" $wide "clusterWide" (eq $space "") "namespace" $space "annotations" $before }}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "zester.metadata" $meta | nindent 2 }}
rules:
  {{- toYaml $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "zester.metadata" $meta | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $wide | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ include "zester.namespace" $root }}
---
{{- end }}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "zester.metadata" (dict "root" $root "component" .step "name" $name "annotations" $job) | nindent 2 }}
spec:
  backoffLimit: 3
  activeDeadlineSeconds: 300
  template:
    metadata:
      labels:
        {{- include "zester.selector" (dict "root" $root "component" .step) | nindent 8 }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "zester.pullSecrets" $root }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- toYaml $root.Values.podSecurityContext | nindent 8 }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .step }}
          image: {{ include "zester.image" (dict "root" $root "image" $root.Values.image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args:
            {{- toYaml .args | nindent 12 }}
          resources:
            {{- toYaml $root.Values.resources | nindent 12 }}
          securityContext:
            {{- toYaml $root.Values.securityContext | nindent 12 }}
{{- end }}
