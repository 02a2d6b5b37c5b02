"""Modals and Home tabs: a stack of modals per person, one Home per person."""

from __future__ import annotations

import uuid

from localslack.ledger import Change, Ledger
from localslack.refusals import Json, SlackRefusal
from localslack.view_check import accepted_view

__all__ = ["Views"]

_DEEPEST = 3


class Views:
    """All views of a workspace, by id, and who has which open."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._by_id: dict[str, Json] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, Json] = {}

    def modal(self, user_id: str) -> Json | None:
        """The modal on top for this person."""
        stack = self._stacks.get(user_id)
        return self._by_id[stack[-1]] if stack else None

    def home(self, user_id: str) -> Json | None:
        """The Home tab last published for this person."""
        return self._homes.get(user_id)

    def _made(self, view: Json, view_id: str, previous: str | None = None, root: str | None = None) -> Json:
        app = self._ledger.app
        blocks = [b if b.get("block_id") else b | {"block_id": uuid.uuid4().hex[:5]} for b in view["blocks"]]
        defaults = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": None,
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return (
            defaults
            | view
            | {
                "id": view_id,
                "team_id": app.team_id,
                "app_id": app.app_id,
                "bot_id": app.bot_id,
                "app_installed_team_id": app.team_id,
                "blocks": blocks,
                "state": {"values": {}},
                "hash": f"{int(self._ledger.clock())}.{uuid.uuid4().hex[:8]}",
                "root_view_id": root or view_id,
                "previous_view_id": previous,
            }
        )

    def _tell(self, user_id: str) -> None:
        self._ledger.announce(Change("modal", body=self.modal(user_id) or {}, user=user_id))

    def open(self, user_id: str, value: object, *, push: bool = False) -> Json:
        """Opens a modal, or pushes one on the stack. Raises SlackRefusal: push_limit_reached, and those of a bad
        view."""
        view = accepted_view(value, "modal")
        stack = self._stacks.setdefault(user_id, []) if push else []
        if len(stack) >= _DEEPEST:
            raise SlackRefusal("push_limit_reached")
        if view.get("external_id") and any(v["external_id"] == view["external_id"] for v in self._by_id.values()):
            raise SlackRefusal("duplicate_external_id")
        made = self._made(view, self._ledger.serial("V"), stack[-1] if stack else None, stack[0] if stack else None)
        self._by_id[made["id"]] = made
        self._stacks[user_id] = [*stack, made["id"]]
        self._tell(user_id)
        return made

    def update(self, view_id: str | None, external_id: str | None, value: object, view_hash: str | None = None) -> Json:
        """Replaces a view's content. Raises SlackRefusal: not_found, hash_conflict."""
        old = self._by_id.get(view_id or "") or next(
            (v for v in self._by_id.values() if external_id and v["external_id"] == external_id), None
        )
        if old is None:
            raise SlackRefusal("not_found")
        if view_hash and view_hash != old["hash"]:
            raise SlackRefusal("hash_conflict")
        made = self._made(accepted_view(value, old["type"]), old["id"], old["previous_view_id"], old["root_view_id"])
        self._by_id[made["id"]] = made
        for user_id, stack in self._stacks.items():
            if made["id"] in stack:
                self._tell(user_id)
        for user_id, home in self._homes.items():
            if home["id"] == made["id"]:
                self._homes[user_id] = made
                self._ledger.announce(Change("home", body=made, user=user_id))
        return made

    def publish(self, user_id: str, value: object, view_hash: str | None = None) -> Json:
        """Publishes a person's Home tab. Raises SlackRefusal: hash_conflict, and those of a bad view."""
        view = accepted_view(value, "home")
        old = self._homes.get(user_id)
        if view_hash and old is not None and view_hash != old["hash"]:
            raise SlackRefusal("hash_conflict")
        made = self._made(view, old["id"] if old else self._ledger.serial("V"))
        self._by_id[made["id"]] = made
        self._homes[user_id] = made
        self._ledger.announce(Change("home", body=made, user=user_id))
        return made

    def remember_state(self, view: Json, values: Json) -> Json:
        """Keeps what was entered so far; gives the view with it."""
        view["state"] = {"values": values}
        return view

    def close(self, user_id: str, *, everything: bool = False) -> Json | None:
        """Closes the modal on top (or all); gives the one that was on top."""
        stack = self._stacks.get(user_id, [])
        top = self._by_id.get(stack[-1]) if stack else None
        for view_id in stack if everything else stack[-1:]:
            self._by_id.pop(view_id, None)
        self._stacks[user_id] = [] if everything else stack[:-1]
        self._tell(user_id)
        return top
