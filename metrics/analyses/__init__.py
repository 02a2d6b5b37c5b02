"""What takes several questions, one file each: what if, funnel, outlook, what the best do. A new analysis is a new file
here; it is known from the moment it is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(m.name for m in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
