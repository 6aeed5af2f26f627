"""Studies as reports get them: made up, small, the same every time."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from qualab.report.data import ReportData, context_of
from qualab.stats.findings.find import NOTHING, analyse_by_origin
from qualab.study.config import Hrc, Src, Study, Voting
from qualab.study.families import METRICS
from qualab.study.manifest import Manifest
from qualab.study.tables import FRAME_COLUMNS, SCORE_COLUMNS, VOTE_COLUMNS, empty
from qualab.upscalers.card import Card
from qualab.voting.store.records import Launch

GENERATED_AT = "2031-05-04T10:00:00Z"
HRCS = ("bicubic", "espcn-x2", "lanczos", "toy-a", "toy-b", "toy-c")


def study_of(clips: int, hrcs: int, *, title: str = "Old cartoons", texts: tuple[str, ...] = ()) -> Study:
    """Return a study; every third clip is without a reference; `texts` become titles, attributions and licences."""
    src = []
    for number in range(clips):
        text = texts[number % len(texts)] if texts else ""
        src.append(
            Src(
                id=f"clip-{number}",
                title=text or f"Clip {number}",
                file=f"{number + 1:064x}.mp4",
                reference=number % 3 != 2,
                attribution=text or "A studio",
                licence=text or "CC BY 4.0",
            )
        )
    return Study(
        id="toons",
        title=title,
        source_height=540,
        display_height=1080,
        baseline="bicubic",
        voting=Voting(question=(texts[0] if texts else "Which one looks better?")),
        hrc=tuple(Hrc(id=name, upscaler=name) for name in HRCS[:hrcs]),
        src=tuple(src),
    )


def scored(study: Study, frames: int) -> tuple[pd.DataFrame, dict[tuple[str, str], pd.DataFrame]]:
    """Return scores and frame scores: VMAF rises by 3 per HRC; on the first clip PSNR falls, on the second frame
    0 of the baseline is lossless."""
    rows, tables = [], {}
    wave = np.sin(np.arange(frames) / 7)
    for place, src in enumerate(study.src):
        for rank, hrc in enumerate(study.hrcs if src.reference else ()):
            vmaf = 80.0 + place % 5 + 3 * rank + wave
            psnr = 33.0 + (-1 if place == 0 else 1) * 0.5 * rank + 0.1 * wave
            if place == 1 and rank == 0:
                psnr[0] = np.inf
            columns = (np.arange(frames), vmaf, vmaf - rank, psnr, psnr + 1, 0.9 + 0.01 * rank + 0.001 * wave)
            table = pd.DataFrame(dict(zip(FRAME_COLUMNS, columns, strict=True)))
            tables[src.id, hrc.id] = table
            for metric in FRAME_COLUMNS[1:]:
                finite = table[metric][np.isfinite(table[metric])]
                rows.append((src.id, hrc.id, metric, "mean", finite.mean(), METRICS[metric].unit.name, False))
                rows.append((src.id, hrc.id, metric, "min", finite.min(), METRICS[metric].unit.name, False))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS)), tables


def voted(study: Study, viewers: int, *, simulated: int) -> pd.DataFrame:
    """Return votes of viewers who prefer the test HRC three times of four, sides alternating."""
    rows = []
    for viewer in range(1, viewers + 1):
        for place, src in enumerate(study.src):
            for pair, (base, test) in enumerate(study.pairs()):
                choice = "a" if (viewer + place) % 4 == 0 else "b"
                left = base if (viewer + place + pair) % 2 else test
                row = (
                    viewer,
                    src.id,
                    base,
                    test,
                    choice,
                    left,
                    2500,
                    simulated,
                    1 + simulated,
                    place + 1,
                    GENERATED_AT,
                    "test",
                    np.nan,
                    True,
                    False,
                    "",
                    "",
                    True,
                )
                rows.append(row)
    return pd.DataFrame(rows, columns=list(VOTE_COLUMNS))


def study_data(
    *,
    clips: int = 3,
    hrcs: int = 2,
    frames: int = 30,
    viewers: int = 8,
    simulated: int = 0,
    title: str = "Old cartoons",
    texts: tuple[str, ...] = (),
    is_open: bool = False,
    **voting: Any,
) -> ReportData:
    """Return everything a report is made from; the same arguments give the same data. `voting` are its settings."""
    study = study_of(clips, hrcs, title=title, texts=texts)
    study = study.model_copy(update={"voting": study.voting.model_copy(update=voting)})
    scores, tables = scored(study, frames) if clips else (empty(SCORE_COLUMNS), {})
    parts = [voted(study, viewers, simulated=0), voted(study, simulated, simulated=1)]
    filled = [part for part in parts if len(part)]
    votes = pd.concat(filled, ignore_index=True) if filled else empty(VOTE_COLUMNS)
    text = texts[0] if texts else ""
    launches = [_launch(number, study, n, text, is_open) for number, n in ((1, viewers), (2, simulated)) if n]
    context = context_of(study, scores, [Launch(**_kept(item)) for item in launches], NOTHING.viewers)
    return ReportData(
        study=study,
        scores=scores,
        frames=tables,
        votes=votes,
        findings=analyse_by_origin(votes, context=context) if filled else [],
        manifest=_manifest(study, frames, text),
        launches=launches,
        generated_at=GENERATED_AT,
        version="0.1.0",
        cards=[_card(study, text)],
        viewing=_viewing(viewers),
        playback={
            "votes": len(parts[0]),
            "dropped_percent_mean": 0.25,
            "stalls": 1,
            "focus_losses": 0,
            "full_screen": 3,
        },
        context=context,
    )


def _manifest(study: Study, frames: int, text: str) -> Manifest:
    size = {"width": 1920, "height": 1080, "fps": "25/1", "frames": frames, "key": "ab" * 32, "sha256": "cd" * 32}
    named = [(src.id, hrc.id, {"id": hrc.id, "kernel": text or "cubic"}) for src in study.src for hrc in study.hrcs]
    objects = [
        {"kind": "pvs", "src": src, "hrc": hrc, "arguments": {"upscaler": upscaler}, **size}
        for src, hrc, upscaler in named
    ]
    failures = [{"src": "clip-0", "hrc": "bicubic", "step": "score", "error": text}] if text else []
    tools = {"ffmpeg": "9.0", "torch": "2.13.0"}
    about = {"study": study.id, "built_at": GENERATED_AT, "device": "cpu", "tools": tools}
    return Manifest.model_validate({**about, "objects": objects, "failures": failures})


def _launch(number: int, study: Study, viewers: int, text: str, is_open: bool) -> dict[str, Any]:
    times = {"created_at": GENERATED_AT, "has_viewers": True, "closed_at": None if is_open else "2031-05-08T10:00:00Z"}
    shown = {"method": text or "forced-choice", "presentation": "side-by-side", "viewers": viewers}
    n_pairs = {"test": len(study.src) * len(study.pairs())}
    design = {**study.voting.model_dump(mode="json"), "seed": study.seed, "n_pairs": n_pairs}
    return {"id": number, "design_sha256": "ef" * 32, **times, **shown, "design": design}


def _kept(launch: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "design", "design_sha256", "created_at", "closed_at", "has_viewers")
    return {"study_id": "toons", **{name: launch[name] for name in kept}, "design": json.dumps(launch["design"])}


def _viewing(viewers: int) -> pd.DataFrame:
    """Return the conditions of all viewers but the last, two screens in turn."""
    rows = []
    for viewer in range(1, viewers):
        wide = 1920 if viewer % 2 else 2560
        screen = {"screen_width": wide, "screen_height": wide * 9 // 16, "dpr": 1.0, "refresh_hz": 60.0}
        window = {"viewport_width": wide - viewer, "viewport_height": 900, "touch": False}
        rows.append({"subject": viewer, "launch": 1, "simulated": 0, "noted_at": GENERATED_AT, **screen, **window})
    return pd.DataFrame(rows, dtype=object)


def _card(study: Study, text: str) -> Card:
    seen = [{"title": text or "A film", "sha256": src.sha256} for src in study.src[:1]]
    licence = text or "MIT"
    return Card(id="espcn-x2", architecture="espcn", scale=2, sha256="1" * 64, licence=licence, material=tuple(seen))


@pytest.fixture(scope="session")
def make() -> Callable[..., ReportData]:
    """Return the maker of report data; analyses take a while, so the same arguments give the same object."""
    return cache(study_data)
