"""Families of values told apart by their `kind`: measures, predicates. A member is one class in one file; it is known
from the moment its module is imported, in Python and in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

__all__ = ["Family", "Frozen"]


class Frozen(BaseModel):
    """Immutable, hashable, strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Family(Frozen):
    """A subclass made with `root=True` is a family; a further subclass that has a `kind` is a member of it. Written as
    {"kind": …, its fields other than defaults}; a field of the family's type takes any member."""

    kind: ClassVar[str] = ""
    _root: ClassVar[bool] = False
    _members: ClassVar[dict[str, type[Self]]]

    def __init_subclass__(cls, root: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._root = root

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if cls._root:
            cls._members = {}
        elif cls.__dict__.get("kind"):
            known = cls._members.setdefault(cls.kind, cls)  # type: ignore[arg-type]
            assert known is cls, f"two kinds are called {cls.kind!r}"

    @classmethod
    def members(cls) -> Mapping[str, type[Self]]:
        """kind -> class, of those whose modules are imported."""
        return cls._members

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if not cls._root:
            return handler(source)
        return core_schema.no_info_plain_validator_function(
            cls._member,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value, info: value.model_dump(mode=info.mode, exclude_defaults=info.exclude_defaults),
                info_arg=True,
            ),
        )

    @classmethod
    def _member(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        kind = value.get("kind") if isinstance(value, Mapping) else None
        known = cls._members.get(kind) if isinstance(kind, str) else None
        if known is None or not isinstance(value, Mapping):
            raise PydanticCustomError(
                "unknown_kind", "{kind} is none of: {known}", {"kind": repr(kind), "known": ", ".join(cls._members)}
            )
        return known.model_validate({k: v for k, v in value.items() if k != "kind"})

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}

    def inner(self) -> Iterator[Family]:
        """The members of any family that stand directly in this value."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Family):
                    yield item

    def walk(self) -> Iterator[Family]:
        """This value and all that stand in it, outermost first."""
        yield self
        for item in self.inner():
            yield from item.walk()
