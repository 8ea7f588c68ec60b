{{/* Labels of every object; the first two are also selectors, and so never change. Takes (list . component). */}}
{{- define "oyez.labels" -}}
{{- $root := first . -}}
{{- $component := last . -}}
app.kubernetes.io/name: oyez
{{- if $component }}
app.kubernetes.io/component: {{ $component }}
{{- end }}
app.kubernetes.io/part-of: oyez
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "oyez.selector" -}}
app.kubernetes.io/name: oyez
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* Takes (list . component). */}}
{{- define "oyez.serviceAccount" -}}
{{- $own := index (first .).Values (last .) -}}
{{- $own.serviceAccount.name | default (printf "oyez-%s" (last .)) -}}
{{- end }}

{{- define "oyez.image" -}}
{{- $root := first . -}}
{{- $image := mergeOverwrite (deepCopy $root.Values.image) (index $root.Values (last .)).image -}}
image: {{ printf "%s:%s" $image.repository ($image.tag | default $root.Chart.AppVersion) }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end }}

{{/* Whether metrics leave the loopback. */}}
{{- define "oyez.metricsAreOpen" -}}
{{- if or .Values.prometheus.scrapeAnnotations .Values.prometheus.serviceMonitor.enabled }}yes{{ end }}
{{- end }}

{{- define "oyez.metricsArgs" -}}
{{- $root := first . -}}
{{- $port := int $root.Values.prometheus.metricsPort -}}
{{- $secret := index $root.Values.prometheus (printf "%sMetricsTLSSecret" (last .)) -}}
{{- if include "oyez.metricsAreOpen" $root }}
- --metrics-address=[::]:{{ $port }}
{{- else if ne $port 9120 }}
- --metrics-address=127.0.0.1:{{ $port }}
{{- end }}
{{- if $secret }}
- --metrics-cert-dir=/etc/oyez/metrics-certificate
{{- end }}
{{- end }}

{{- define "oyez.podAnnotations" -}}
{{- $root := first . -}}
{{- $annotations := deepCopy (index $root.Values (last .)).podAnnotations -}}
{{- if $root.Values.prometheus.scrapeAnnotations -}}
{{- $port := toString $root.Values.prometheus.metricsPort -}}
{{- $_ := set $annotations "prometheus.io/scrape" "true" -}}
{{- $_ := set $annotations "prometheus.io/scheme" "https" -}}
{{- $_ := set $annotations "prometheus.io/port" $port -}}
{{- end -}}
{{- with $annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where the pod is, for the program. */}}
{{- define "oyez.env" -}}
- name: OYEZ_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: OYEZ_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OYEZ_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
{{- end }}

{{/* Takes (list probe path host). */}}
{{- define "oyez.probe" -}}
{{- $probe := index . 0 -}}
httpGet:
  {{- with index . 2 }}
  host: {{ . }}
  {{- end }}
  path: {{ index . 1 }}
  port: {{ if index . 2 }}17472{{ else }}health{{ end }}
{{ omit $probe "enabled" | toYaml }}
{{- end }}

{{- define "oyez.logLevel" -}}
{{- get (dict "all" "debug" "none" "error") . | default . -}}
{{- end }}
