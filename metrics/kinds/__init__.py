"""The kinds of measure, one file each: what it takes, how it is worked out, its unit, what it may not be combined with.
A new kind is a new file here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(m.name for m in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
