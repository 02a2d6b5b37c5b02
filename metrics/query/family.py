"""Families of values told apart by their `kind`: measures, predicates. A member is one class in one file; it is known
from the moment its module is imported, in Python and in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
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
    {"kind": …, its fields other than defaults}; a field of the family's type takes any member. `home`: a package whose
    modules are imported, for the members in them, when one is first looked for by its kind."""

    kind: ClassVar[str] = ""
    _root: ClassVar[bool] = False
    _home: ClassVar[str] = ""
    _members: ClassVar[dict[str, type[Self]]]

    def __init_subclass__(cls, root: bool = False, home: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._root = root
        if root:
            cls._home = home

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if cls._root:
            cls._members = {}
        elif cls.__dict__.get("kind"):
            known = cls._members.setdefault(cls.kind, cls)  # type: ignore[arg-type]
            assert known is cls, f"two kinds are called {cls.kind!r}"

    @classmethod
    def members(cls) -> Mapping[str, type[Self]]:
        """kind -> class, of those at home and those whose modules are imported."""
        if cls._home:
            _import_all(cls._home)
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
        members = cls.members()
        known = members.get(kind) if isinstance(kind, str) else None
        if known is None or not isinstance(value, Mapping):
            raise PydanticCustomError(
                "unknown_kind", "{kind} is none of: {known}", {"kind": repr(kind), "known": ", ".join(members)}
            )
        return known.model_validate({k: v for k, v in value.items() if k != "kind"})

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}

    def inner(self) -> Iterator[Family]:
        """The members of any family that stand directly in this value."""
        for value in self.__dict__.values():  # its fields
            if isinstance(value, Family):
                yield value
            elif type(value) is tuple:
                for item in value:
                    if isinstance(item, Family):
                        yield item

    def walk(self) -> Iterator[Family]:
        """This value and all that stand in it, outermost first."""
        yield self
        for item in self.inner():
            yield from item.walk()


@cache
def _import_all(package: str) -> None:
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
