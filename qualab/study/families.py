"""The tables of what a study.toml may name. A row that needs code names it as "package.module:ATTRIBUTE"."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TypeVar

Entry = TypeVar("Entry")

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "forced-choice": "qualab.voting.design.methods.forced_choice:METHOD",
        "with-tie": "qualab.voting.design.methods.with_tie:METHOD",
        "ccr-7": "qualab.voting.design.methods.ccr_7:METHOD",
    }
)


def resolve(reference: str, kind: type[Entry]) -> Entry:
    """Return what a row's "package.module:ATTRIBUTE" names; it is imported only now.

    Raises:
        TypeError: what stands there is no `kind`.

    >>> resolve("qualab.study.protocol:LANGUAGES", tuple)
    ('en', 'de')
    """
    module, _, attribute = reference.partition(":")
    entry: object = getattr(import_module(module), attribute)
    if not isinstance(entry, kind):
        raise TypeError(f"{reference} is a {type(entry).__name__}, not a {kind.__name__}")
    return entry
