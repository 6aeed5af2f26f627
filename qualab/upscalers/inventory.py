"""What is known of every upscaler without running it: its card, its gain, its cost, its speed where it was measured.

Light: no torch, no PyAV, so that the web process and `qualab upscalers` list at once.
"""

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import fmean

from qualab.errors import QualabError
from qualab.study.files import shipped
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.upscalers.bundled import Packaged, packaged
from qualab.upscalers.card import Card, Entry, load_card

Row = Entry
# What a card says of its training that stands in the table.
_COSTS = ("parameters", "gflop_720p")


def describe_all() -> list[Row]:
    """Return one row per upscaler that can be used here: the classic ones, folders of weights, other packages'.

    `gain_db` is the mean gain in PSNR-Y over bicubic on the clips `gain_clips`, `gflop_720p` the GFLOP for one
    1280x720 frame, `fps` the frames a second on this machine as `qualab upscalers --benchmark` last found them;
    each is None where it is not known. Weights whose card cannot be read have `error` instead.
    """
    cards = {name: _card(folder) for name, folder in weights().items()}
    cards |= {name: _card(entry) for name, entry in packaged().items() if name not in cards}
    read = [card for card, _ in cards.values() if isinstance(card, Card)]
    rows = [_classic(name, read) for name in CLASSIC_UPSCALERS]
    rows += [_described(name, card, origin) for name, (card, origin) in cards.items()]
    here, known = machine(), speeds()
    return [_with_speed(row, here, known) for row in rows]


def identity_of(row: Row) -> str:
    """Return what a measured speed belongs to: other weights or another swscale make it void."""
    return str(row["sha256"]) if row.get("sha256") else f"pyav {_version('av')}"


def machine() -> dict[str, str]:
    """Return what a measured speed depends on beside the upscaler, as far as it is known without torch."""
    return {"processor": _processor(), "torch": _version("torch")}


def speeds_file() -> Path:
    """Return where measured speeds are kept: QUALAB_CACHE, else qualab/ in XDG_CACHE_HOME or ~/.cache."""
    if folder := os.environ.get("QUALAB_CACHE"):
        return Path(folder) / "speeds.json"
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "qualab" / "speeds.json"


def speeds() -> list[Row]:
    """Return all measured speeds, the latest last; none where the file is not there or is none of ours."""
    try:
        records = json.loads(speeds_file().read_text(encoding="utf-8"))["speeds"]
        return [dict(record) for record in records]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _card(source: Path | Packaged) -> tuple[Card | QualabError, str]:
    """Return the card of weights, or why there is none, and where the weights came from."""
    if isinstance(source, Packaged):
        origin = f"qualab[{source.origin.extra}]"
    else:
        known = {Path("models").absolute(): "models", shipped("models").absolute(): "shipped"}
        origin = known.get(source.parent, str(source.parent))
    try:
        return source.card() if isinstance(source, Packaged) else load_card(source / "card.toml"), origin
    except QualabError as error:
        return error, origin


def _classic(name: str, cards: Iterable[Card]) -> Row:
    """Return a row of swscale's; cards tell bicubic's and lanczos' own values on their clips, as they compare."""
    over = f"over_{name}"
    entries = [entry for card in cards for entry in _measured(card.gain) if _is_unseen(entry)]
    gains = {
        str(entry.get("clip", "")): entry["over_bicubic"] - entry[over]
        for entry in entries
        if _is_number(entry.get(over))
    }
    nothing: Row = dict.fromkeys(("scale", "architecture", "licence", *_COSTS))
    about = {"description": f"swscale {name}", "origin": "swscale", "gain": []}
    return {"id": name, "kind": "classic"} | nothing | about | _mean(gains)


def _described(name: str, card: Card | QualabError, origin: str) -> Row:
    row: Row = {"id": name, "kind": "network", "origin": origin}
    if isinstance(card, QualabError):
        return row | {"error": str(card)}
    entries = _measured(card.gain)
    unseen = [entry for entry in entries if _is_unseen(entry)]
    return row | {
        "scale": card.scale,
        "architecture": card.architecture,
        "licence": card.licence,
        "description": card.description,
        "sha256": card.sha256,
        "source": card.source,
        **{name: card.training.get(name) for name in _COSTS},
        "gain": list(card.gain),
        **_mean({str(entry.get("clip", "")): entry["over_bicubic"] for entry in unseen or entries}),
    }


def _measured(gain: Iterable[Row]) -> list[Row]:
    """Return a card's gains in PSNR-Y; on clean input where it has both kinds."""
    entries = [entry for entry in gain if entry.get("metric") == "psnr_y" and _is_number(entry.get("over_bicubic"))]
    clean = [entry for entry in entries if "crf" not in entry]
    return clean or entries


def _is_unseen(entry: Row) -> bool:
    return str(entry.get("held_out", "")).startswith("clip")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mean(gains: Mapping[str, float]) -> Row:
    return {"gain_db": round(fmean(gains.values()), 3) if gains else None, "gain_clips": sorted(gains)}


def _with_speed(row: Row, here: Row, known: list[Row]) -> Row:
    wanted = here | {"id": row["id"], "identity": identity_of(row)}
    matching = [record for record in known if all(record.get(key) == value for key, value in wanted.items())]
    last = matching[-1] if matching else {}
    costs = {name: row[name] if row.get(name) is not None else last.get(name) for name in _COSTS}
    return row | costs | {"fps": last.get("fps"), "fps_device": last.get("device"), "fps_at": last.get("measured_at")}


def _processor() -> str:
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        match = None
    return match[1].strip() if match else platform.processor() or platform.machine()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"


def weights_folders() -> list[Path]:
    """Return the folders that hold weights, those of QUALAB_MODELS and the current folder before the shipped ones."""
    named = [Path(part) for part in os.environ.get("QUALAB_MODELS", "").split(os.pathsep) if part]
    return list(dict.fromkeys(path.absolute() for path in (*named, Path("models"), shipped("models"))))


def weights() -> dict[str, Path]:
    """Return the folders of all weights by id, sorted; the first folder of weights_folders that has an id wins."""
    folders: dict[str, Path] = {}
    for folder in weights_folders():
        for card in folder.glob("*/card.toml"):
            folders.setdefault(card.parent.name, card.parent)
    return dict(sorted(folders.items()))


def upscaler_ids() -> list[str]:
    """Return the ids of all upscalers that can be used here: classic ones, folders of weights, other packages'."""
    return list(dict.fromkeys((*CLASSIC_UPSCALERS, *weights(), *packaged())))
