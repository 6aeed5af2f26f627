"""Ids that are safe as file names everywhere, and the nearest known one to a name that is not."""

import difflib
import hashlib
import re
from collections.abc import Iterable

from slugify import slugify

ID_RULE = "1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit"


_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def is_id(text: str) -> bool:
    """Say whether `text` may name a study, SRC, HRC or upscaler: safe as a file name on every system.

    >>> is_id("old-anime_2"), is_id("../x"), is_id("CON"), is_id("con")
    (True, False, False, False)
    """
    return _ID.fullmatch(text) is not None and text not in _RESERVED


def slug(text: str) -> str:
    """Return an id made from any display name; different names may give the same id.

    >>> slug("Élan Vital (1080p).mp4")
    'elan-vital-1080p'
    >>> slug("Tōkyō 東京"), slug("...").startswith("clip-")
    ('tokyo-dong-jing', True)
    """
    stem = text.rsplit(".", 1)[0] if "." in text[1:] else text
    name = slugify(stem, max_length=48)
    return name if is_id(name) else "clip-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint for an unknown name: the nearest known one, or all of them.

    >>> nearest("bicubik", ["bicubic", "lanczos"])
    "did you mean 'bicubic'? known: bicubic, lanczos"
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return f"{hint}known: {', '.join(names) or 'none'}"
