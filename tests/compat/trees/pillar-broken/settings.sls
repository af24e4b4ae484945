a: {{ nothing.here }}
