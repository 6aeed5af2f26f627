"""What viewers read, by language: the player's words and those of their pages."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from qualab.study.protocol import LANGUAGES

_FOLDER = Path(__file__).parent / "strings"


@functools.cache
def strings(language: str) -> Mapping[str, str]:
    """Return the texts of a language by key; `{name}` in a text stands for a value. English for an unknown language.

    >>> strings("de")["answer.left"]
    'A ist besser'
    """
    known = language if language in LANGUAGES else LANGUAGES[0]
    texts: dict[str, str] = json.loads((_FOLDER / f"{known}.json").read_text(encoding="utf-8"))
    return MappingProxyType(texts)
