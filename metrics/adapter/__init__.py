"""The first `Query`, which reader and schedules still speak, as questions of the algebra and back: what is asked is
worked out in one way only."""

from __future__ import annotations

from metrics.adapter.answering import definition, shaped
from metrics.adapter.asking import Adapted, adapted

__all__ = ["Adapted", "adapted", "definition", "shaped"]
