"""Other rows, said after an answer: of another region, of those who were named, of the others, of everybody."""

from __future__ import annotations

from typing import Any

from metrics.query.asked import Asked
from nlq.reader.before import Before
from nlq.reader.conditions import where
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, parted
from nlq.reader.frame import Frame
from nlq.reader.scoping import fields_in, people_fields
from nlq.reader.terms import Term, Value, walked

__all__ = ["apart_from_the_rest", "each_of_several", "is_share", "other_rows", "other_scope"]


_AS_ONE = frozenset({"together", "total", "top", "count", "view", "others", "many_of"})


def each_of_several(draft: Draft, frame: Frame, old: dict[str, Any]) -> None:
    """Two in the place of one are told one by one."""
    one = {c["field"] for c in parted(old.get("where")) if c.kind == "in" and len(c["values"]) == 1}
    if frame.keys() & {"add", "total", "together", "top", "count", "many_of", "view", "worth", "others"}:
        return
    for condition in map(where, frame.get("where", ())):
        several = condition.kind == "in" and not condition.get("out") and len(condition["values"]) > 1
        if several and condition["field"] in one and condition["field"] not in draft.by:
            draft.by = (*draft.by, condition["field"])


def apart_from_the_rest(draft: Draft, frame: Frame) -> None:
    """The share that one of them has, which is not broken down any more; the average of them all is one number."""
    if is_share(frame):
        said = {f for c in map(where, frame.get("where", ())) if not c.get("out") for f in fields_in(c)}
        draft.by = tuple(b for b in draft.by if b not in said)
    folded = {str(t["over"]) for m in frame.get("about", ()) for t in walked(m) if t.kind == "across"}
    draft.by = tuple(b for b in draft.by if b not in folded)


def is_share(frame: Frame) -> bool:
    return any(t.kind == "share" for v in frame.get("view", ()) for t in walked(v))


def other_rows(draft: Draft, frame: Frame, before: Before) -> None:
    asked = before.asked
    if "others" in frame and not (frame["others"] == "the_same" and isinstance(asked, Asked) and asked.limit):
        _others(draft, frame["others"])
    new = [c["of"] if c.kind == "exactly" else where(c) for c in frame.get("where", ())]
    if "refer" in frame:
        meant = before.only if frame["refer"] == "one" else (before.person,) if before.person else ()
        if not meant:
            raise NotAReading("nobody was named")
        new += [Term("in", (("field", field), ("values", (member,)))) for field, member in meant]
        draft.by = tuple(b for b in draft.by if b not in {field for field, _ in meant})
    people = people_fields(draft.model)
    shared = is_share(frame)  # of what was asked about
    if "whole" in frame or ("scope" in frame and not frame.keys() & {"others", "view"}):
        draft.where = [w for w in draft.where if not fields_in(w) & people]
    for condition in new:
        if frame.get("add"):
            _add(draft, condition)
            continue
        fields = fields_in(condition)
        group = fields | people if fields & people and not shared else fields
        if condition.kind != "not" and not condition.get("out"):  # what is left out is left out of what there was
            gone = [w for w in draft.where if fields_in(w) & group]
            draft.where = [w for w in draft.where if w not in gone]
            if _several_for_one(condition, gone) and not frame.keys() & _AS_ONE:
                draft.by = tuple(dict.fromkeys((*draft.by, str(condition["field"]))))
        draft.where.append(condition)


def _several_for_one(new: Value, gone: list[Value]) -> bool:
    """Whether members are named in the place of one of the same field: each is told then."""
    if new.kind != "in" or len(new["values"]) < 2 or len(gone) != 1:
        return False
    old = gone[0]
    return bool(old.kind == "in" and old["field"] == new["field"] and len(old["values"]) == 1 and not old.get("out"))


def _add(draft: Draft, condition: Value) -> None:
    """One more member beside those there are."""
    if condition.kind != "in" or condition.get("out"):
        raise NotAReading("more of what")
    for i, old in enumerate(draft.where):
        if old.kind == "in" and old["field"] == condition["field"] and not old.get("out"):
            draft.where[i] = old.with_(values=tuple(dict.fromkeys((*old["values"], *condition["values"]))))
            return
    raise NotAReading("nothing to add it to")


def _others(draft: Draft, field: str) -> None:
    for i, condition in enumerate(draft.where):
        if condition.kind == "in" and field in ("the_same", condition["field"]):
            draft.where[i] = condition.with_(out=not condition.get("out", False))
            return
    raise NotAReading("no others")


def other_scope(draft: Draft, frame: Frame, old: dict[str, Any]) -> Value:
    if "scope" in frame or "whole" in frame:
        return frame.get("scope")
    named_now = any(fields_in(w) & people_fields(draft.model) for w in frame.get("where", ()))
    people = draft.model.people
    who = people is not None and old.get("scope") == "me" and {people.id, people.name} & set(frame.get("by", ()))
    if named_now and is_share(frame):
        named_now = old.get("scope") == "me"  # what part of the team's it is
    person = named_now or frame.get("refer") == "person" or "others" in frame or bool(who)  # "who?" is not only me
    return None if person else old.get("scope")
