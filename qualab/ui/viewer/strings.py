"""What viewers read, by language: texts of the player and the pages, and those of each presentation and method."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import LANGUAGES
from qualab.voting.design import METHODS

_FOLDER = Path(__file__).parent / "strings"


@functools.cache
def strings(language: str) -> Mapping[str, str]:
    """Return the texts of a language by key; `{name}` in a text stands for a value. English for an unknown language.

    >>> strings("de")["answer.left"]
    'A ist besser'
    """
    known = language if language in LANGUAGES else LANGUAGES[0]
    texts: dict[str, str] = json.loads((_FOLDER / f"{known}.json").read_text(encoding="utf-8"))
    for row in PRESENTATIONS.values():
        texts |= row.texts[known]
    for method in METHODS.values():
        texts |= method.texts[known]
    return MappingProxyType(texts)
