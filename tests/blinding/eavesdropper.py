"""Everything that 200 trials send to browsers, as numbers; and who tries to tell from them where the test HRC is."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binomtest

Floats = npt.NDArray[np.float64]
# What a browser got: status, headers, body; and when, milliseconds to the answer's head and to its end. Times are for
# tests/bench/blinding.py alone: on a machine that runs other tests they say nothing.
Heard = tuple[int, Mapping[str, str], bytes, float, float]
Ask = Callable[..., Heard]
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"meta"}
_RIDGE = 3.0
_FOLDS = 5
_TOP_LEFT, _PACKED = "trial.json.left_half=top", "trial.json.left_half.length"


@dataclass
class Spoils:
    """One row of features a trial, its label (is the test HRC left?), its clip, and serve times by what was served."""

    rows: list[dict[str, float]] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)


def go_through(ask: Ask, truth: Mapping[int, tuple[bool, str]], spoils: Spoils) -> None:
    """Answer every trial of one viewer and keep what was heard; `truth` says by position: test left?, which clip."""
    while True:
        shown = ask("GET", "/api/trial")
        trial = json.loads(shown[2])
        if trial.get("done"):
            return
        heard = {"trial": shown, **{f"clip{n}": ask("GET", path) for n, path in enumerate(trial["clips"])}}
        heard["part"] = ask("GET", trial["clips"][-1], headers={"range": "bytes=100-299"})
        at = {"trial_id": trial["trial_id"], "attempt": trial["attempt"]}
        for step in ("ready", "played"):
            heard[step] = ask("POST", "/api/step", json={**at, "step": step})
        heard["vote"] = ask(
            "POST", "/api/vote", json={**at, **_answer(len(spoils.rows)), "telemetry": _telemetry(trial)}
        )
        is_left, clip = truth[trial["position"]]
        _keep(spoils, trial, heard, is_left)
        spoils.labels.append(is_left)
        spoils.clips.append(clip)


def accuracy(spoils: Spoils, *, seed: int) -> tuple[int, int, tuple[float, float]]:
    """Return hits, trials and the 95 % Clopper-Pearson interval of a logistic regression's cross-validated accuracy.

    Folds are of whole clips, so that what is learned of one clip's file says nothing of another's. On each clip the
    test HRC is left as often as right, and in each fold it is on top as often as below: guessing has exactly half.
    """
    table, labels, hits = _table(spoils.rows), np.array(spoils.labels), 0
    for fold in _folds(spoils, np.random.default_rng(seed)):
        tested = np.isin(spoils.clips, fold)
        centre, spread = table[~tested].mean(axis=0), table[~tested].std(axis=0)
        scaled = (table - centre) / np.where(spread > 0, spread, 1)
        # What never varied in training says nothing.
        scaled[:, spread == 0] = 0
        weights = _fitted(scaled[~tested], labels[~tested])
        hits += int(((_with_one(scaled[tested]) @ weights > 0) == labels[tested]).sum())
    found = binomtest(hits, len(labels)).proportion_ci(0.95, method="exact")
    return hits, len(labels), (float(found.low), float(found.high))


def _folds(spoils: Spoils, rng: np.random.Generator) -> list[list[str]]:
    """Return the clips in folds, those with the test HRC on top spread evenly (of two files, all are one kind)."""
    tops = [row.get(_TOP_LEFT, 0.0) == float(label) for row, label in zip(spoils.rows, spoils.labels, strict=True)]
    is_packed = _PACKED in spoils.rows[0]
    on_top = {clip: top and is_packed for clip, top in zip(spoils.clips, tops, strict=True)}
    kinds = [rng.permutation([clip for clip, top in on_top.items() if top is kind]) for kind in (True, False)]
    shares = [np.array_split(kind, _FOLDS) for kind in kinds]
    return [[*map(str, upper), *map(str, lower)] for upper, lower in zip(*shares, strict=True)]


def _fitted(table: Floats, labels: npt.NDArray[np.bool_]) -> Floats:
    design, signs = _with_one(table), np.where(labels, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (design @ weights)
        slope = -design.T @ (signs * expit(-margins)) + _RIDGE * weights
        return float(np.logaddexp(0, -margins).sum() + _RIDGE / 2 * weights @ weights), slope

    return np.asarray(minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x, dtype=float)


def _with_one(table: Floats) -> Floats:
    return np.hstack([table, np.ones((len(table), 1))])


def _table(rows: list[dict[str, float]]) -> Floats:
    names = sorted({name for row in rows for name in row})
    plain = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    # Which half is left may turn the meaning of everything else around.
    turned = plain * np.array([[1.0 if row.get(_TOP_LEFT) else -1.0] for row in rows])
    return np.hstack([plain, turned])


def _keep(spoils: Spoils, trial: Mapping[str, Any], heard: Mapping[str, Heard], is_left: bool) -> None:
    row: dict[str, float] = {}
    for name, (status, headers, body, *_) in heard.items():
        row |= {f"{name}.status": status, f"{name}.bytes": len(body)}
        row |= dict(_of_headers(name, headers))
        if name.startswith("clip"):
            row |= dict(_of_file(name, body, is_packed=len(trial["clips"]) == 1))
        elif name != "part":
            row |= dict(_of_json(f"{name}.json", json.loads(body)))
    for n, path in enumerate(trial["clips"]):
        row |= {f"url{n}.length": len(path), f"url{n}.first": ord(path[6]), f"url{n}.last": ord(path[-1])}
        row[f"url{n}.capitals"] = sum(char.isupper() for char in path)
    if "clip1" in heard:
        row |= {
            f"between.{name[6:]}": row[name] - row.get(f"clip1.{name[6:]}", 0) for name in row if name[:6] == "clip0."
        }
    spoils.rows.append(row)
    for n in range(len(trial["clips"])):
        of = ("test" if is_left == (n == 0) else "baseline") if "clip1" in heard else "left" if is_left else "right"
        spoils.times.setdefault(f"{of}, first byte", []).append(heard[f"clip{n}"][3])
        spoils.times.setdefault(f"{of}, all", []).append(heard[f"clip{n}"][4])


def _of_headers(name: str, headers: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    for place, (key, value) in enumerate(headers.items()):
        yield f"{name}.header.{key}", len(value)
        yield f"{name}.header.{key}.place", place
        if value.isdecimal():
            yield f"{name}.header.{key}.value", float(value)
        elif key != "date":
            yield f"{name}.header.{key}={value}", 1.0


def _of_json(name: str, said: Any) -> Iterator[tuple[str, float]]:
    if isinstance(said, dict):
        for key, value in said.items():
            yield from _of_json(f"{name}.{key}", value)
    elif isinstance(said, list):
        for place, value in enumerate(said):
            yield from _of_json(f"{name}.{place}", value)
    elif isinstance(said, str):
        yield f"{name}.length", len(said)
        if not said.startswith("/clip/"):
            yield f"{name}={said}", 1.0
    elif said is not None:
        yield name, float(said)


def _of_file(name: str, body: bytes, *, is_packed: bool) -> Iterator[tuple[str, float]]:
    """Yield what a file says without its pictures being decoded: boxes, their order and sizes, tags, bytes.

    Where each picture has a file of its own, how much of it is coded pictures is left out: clearer ones are more, and
    whoever reads that in a file may as well look at them.
    """
    for place, (path, size, content) in enumerate(_boxes(body)):
        if is_packed or path not in ("mdat", "free", "moov/trak/mdia/minf/stbl/stsz"):
            yield f"{name}.box.{path}", size
            yield f"{name}.box.{path}.place", place
            yield f"{name}.box.{path}.sum", float(sum(content))
    yield f"{name}.named", float(any(word in body for word in (b"x264", b"Lavc", b"Lavf", b"bicubic", b"sharp")))


def _boxes(body: bytes, inside: str = "") -> Iterator[tuple[str, int, bytes]]:
    at = 0
    while at + 8 <= len(body):
        size, kind = int.from_bytes(body[at : at + 4], "big"), body[at + 4 : at + 8]
        path = f"{inside}{kind.decode('latin-1')}"
        if kind in _CONTAINERS:
            yield from _boxes(body[at + 8 : at + size], f"{path}/")
        else:
            yield path, size, body[at + 8 : at + size]
        at += max(size, 8)


def _answer(number: int) -> dict[str, Any]:
    return {"choice": "left", "idempotency_key": f"{number:016d}{time.monotonic_ns():020d}", "response_ms": 900}


def _telemetry(trial: Mapping[str, Any]) -> dict[str, Any]:
    none = ("replays", "switches", "frames_dropped", "stalls", "stall_ms", "focus_losses", "sync_ms")
    shown = {"shown": trial["presentation"], "plays": 1, "frames_total": trial["frames"], **dict.fromkeys(none, 0)}
    shown |= {"full_screen": False, "rescaled": False, "cropped": False, "zoom": 1, "dpr": 1, "refresh_hz": 60}
    shown |= {"viewport_width": 1400, "viewport_height": 900, "screen_width": 1920, "screen_height": 1080}
    return shown | {"ready_ms": 80, "play_ms": [0]}
