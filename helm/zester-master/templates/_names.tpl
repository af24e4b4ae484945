{{/* Names and labels. What is appended is at most 23 long: nothing gets longer than 63. */}}

{{- define "zester.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "zester.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains "zester" .Release.Name -}}
{{- include "zester.shortened" .Release.Name -}}
{{- else -}}
{{- include "zester.shortened" (printf "%s-%s" .Release.Name (include "zester.name" .)) -}}
{{- end -}}
{{- end }}

{{/* Two long names that differ only in their end stay two. */}}
{{- define "zester.shortened" -}}
{{- if gt (len .) 40 -}}
{{- printf "%s-%s" (. | trunc 33 | trimSuffix "-") (. | sha256sum | trunc 6) -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end }}

{{- define "zester.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{- define "zester.nats" -}}
{{- include "zester.fullname" . }}-nats
{{- end }}

{{/* Colons keep cluster-wide names of one release apart from those of every other. */}}
{{- define "zester.clusterName" -}}
{{- include "zester.fullname" . }}:{{ include "zester.namespace" . }}
{{- end }}

{{- define "zester.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "zester.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* Needs root, component. */}}
{{- define "zester.selector" -}}
app.kubernetes.io/name: {{ include "zester.name" .root }}
app.kubernetes.io/instance: {{ include "zester.shortened" .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* name, namespace, labels, annotations. Needs root, component, name; annotations is optional. */}}
{{- define "zester.metadata" -}}
name: {{ .name | quote }}
{{- if not .clusterWide }}
namespace: {{ .namespace | default (include "zester.namespace" .root) }}
{{- end }}
labels:
  {{- include "zester.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: zester
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 }}
  {{- with mergeOverwrite (dict) (.labels | default dict) .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with mergeOverwrite (dict) .root.Values.commonAnnotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Needs root, image. */}}
{{- define "zester.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion -}}
{{- if .image.digest -}}
{{- printf "%s/%s@%s" $registry .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s/%s:%s" $registry .image.repository $tag -}}
{{- end -}}
{{- end }}

{{/* An object with what the values merge over it. Needs root, template, key. */}}
{{- define "zester.merged" -}}
{{- $object := include .template .root | fromYaml -}}
{{- if hasKey $object "Error" }}{{ fail (printf "%s: %s" .template $object.Error) }}{{ end -}}
{{- mergeOverwrite $object (index .root.Values.merge .key | default dict | deepCopy) | toYaml -}}
{{- end }}

{{- define "zester.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "zester.trustSecret" -}}
{{- .Values.trust.existingSecret.name | default (printf "%s-trust" (include "zester.fullname" .)) -}}
{{- end }}

{{- define "zester.mirrorSecret" -}}
{{- .Values.mirror.existingSecret | default (printf "%s-mirror" (include "zester.fullname" .)) -}}
{{- end }}
