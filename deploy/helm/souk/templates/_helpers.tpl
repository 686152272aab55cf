{{- define "souk.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "souk.labels" -}}
app.kubernetes.io/name: souk
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "souk.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "souk.secret" -}}
{{ .Values.existingSecret | default (include "souk.name" .) }}
{{- end -}}

{{- /* The Service of a role stands for all its replicas. */ -}}
{{- define "souk.toml" -}}
{{ .Values.config }}
[peers]
{{- range $role, $_ := .Values.roles }}
{{ $role }} = "http://{{ include "souk.name" $ }}-{{ $role }}:7400"
{{- end }}
{{- end -}}

{{- define "souk.secretData" -}}
souk.toml: |
{{ include "souk.toml" . | indent 2 }}
internal: {{ required "internalSecret is required: openssl rand -hex 32" .Values.internalSecret | quote }}
{{- end -}}

{{- define "souk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "souk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* A folder below the volume: souk makes its data folder private, and the volume itself belongs to root. */ -}}
{{- define "souk.env" -}}
- { name: SOUK_DATA_DIR, value: /data/souk }
- { name: SOUK_CONFIG, value: /etc/souk/souk.toml }
- { name: SOUK_INTERNAL_LISTEN, value: "0.0.0.0:7400" }
- { name: SOUK_INTERNAL_SECRET_FILE, value: /etc/souk/internal }
{{- end -}}
