"""Who asks and who will see: people, the org tree, viewers and audiences; how they are read from a snapshot is in
`org`."""

from __future__ import annotations

from metrics.people.people import Audience, Org, Person, Stint, Viewer, email_key

__all__ = ["Audience", "Org", "Person", "Stint", "Viewer", "email_key"]
