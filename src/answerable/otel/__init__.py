"""OpenTelemetry: live spans, the carrier between processes, the attributes' names."""
