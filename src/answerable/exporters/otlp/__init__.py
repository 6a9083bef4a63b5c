"""The trace sent to Jaeger, or to any other OTLP receiver."""

from answerable.exporters.otlp.archiving import archive
from answerable.exporters.otlp.sending import Exported, export

__all__ = ["Exported", "archive", "export"]
