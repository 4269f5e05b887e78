{{/* Labels of everything; (dict "root" $ "component" "etcd"). */}}
{{- define "keyfleet.labels" -}}
{{ include "keyfleet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* Labels of pods, and what selectors compare: these can never change, and the version would restart all at an upgrade. */}}
{{- define "keyfleet.selector" -}}
app.kubernetes.io/name: keyfleet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* (dict "root" $ "app" "proxy") */}}
{{- define "keyfleet.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}keyfleet/{{ .app }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "keyfleet.etcdHost" -}}
{{ .Release.Name }}-etcd.{{ .Release.Namespace }}.svc
{{- end }}

{{/* Every member by its name: a client then goes on with another when one is away. */}}
{{- define "keyfleet.etcdEndpoints" -}}
{{- if .Values.etcd.enabled -}}
{{- $endpoints := list -}}
{{- range $ordinal := until (int .Values.etcd.replicas) -}}
{{- $endpoints = append $endpoints (printf "http://%s-etcd-%d.%s:2379" $.Release.Name $ordinal (include "keyfleet.etcdHost" $)) -}}
{{- end -}}
{{ join "," $endpoints }}
{{- else -}}
{{ join "," .Values.etcd.endpoints }}
{{- end -}}
{{- end }}
