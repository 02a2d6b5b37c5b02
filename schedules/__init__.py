"""Time: digests, rules, due work and the outbox; reaches people only through `Deliver`."""

from __future__ import annotations

from schedules.deliver import Deliver, NoRecipient, Unreachable
from schedules.messages import Message
from schedules.run import RunReport, run_due
from schedules.sending import Timing

__all__ = ["Deliver", "Message", "NoRecipient", "RunReport", "Timing", "Unreachable", "run_due"]
