"""The same questions of many people at once, in as few statements as it takes."""

from metrics.many.many import Many, Values

__all__ = ["Many", "Values"]
