"""Studies as reports get them: made up, small, the same every time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from qualab.config import Card, Hrc, Src, Study, Voting
from qualab.report.data import ReportData
from qualab.stats.findings import find
from qualab.tables import FRAME_COLUMNS, SCORE_COLUMNS, VOTE_COLUMNS, empty
from qualab.terms import METRIC_UNITS

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
                rows.append((src.id, hrc.id, metric, "mean", finite.mean(), METRIC_UNITS[metric], False))
                rows.append((src.id, hrc.id, metric, "min", finite.min(), METRIC_UNITS[metric], False))
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
) -> ReportData:
    """Return everything a report is made from; the same arguments give the same data."""
    study = study_of(clips, hrcs, title=title, texts=texts)
    scores, tables = scored(study, frames) if clips else (empty(SCORE_COLUMNS), {})
    parts = [voted(study, viewers, simulated=0), voted(study, simulated, simulated=1)]
    findings = [find(part) for part in parts if len(part)]
    filled = [part for part in parts if len(part)]
    text = texts[0] if texts else ""
    return ReportData(
        study=study,
        scores=scores,
        frames=tables,
        votes=pd.concat(filled, ignore_index=True) if filled else empty(VOTE_COLUMNS),
        findings=findings,
        manifest=_manifest(study, frames, text),
        provenance=[
            {"src": src, "hrc": hrc, "arguments": {"upscaler": {"id": hrc, "kernel": text or "cubic"}}}
            for src, hrc in tables
        ],
        launches=[_launch(viewers, text)] if viewers else [],
        generated_at=GENERATED_AT,
        version="0.1.0",
        cards=[_card(study, text)],
    )


def _manifest(study: Study, frames: int, text: str) -> dict[str, object]:
    size = {"width": 1920, "height": 1080, "fps": "25/1", "frames": frames, "key": "ab" * 32, "sha256": "cd" * 32}
    objects = [{"kind": "pvs", "src": src.id, "hrc": hrc.id, **size} for src in study.src for hrc in study.hrcs]
    failures = [{"src": "clip-0", "hrc": "bicubic", "step": "score", "error": text}] if text else []
    tools = {"ffmpeg": "9.0", "torch": "2.13.0"}
    return {"study": study.id, "built_at": GENERATED_AT, "device": "cpu", "tools": tools, "objects": objects} | {
        "failures": failures
    }


def _launch(viewers: int, text: str) -> dict[str, object]:
    times = {"created_at": GENERATED_AT, "closed_at": None}
    shown = {"method": text or "forced-choice", "presentation": "side-by-side", "viewers": viewers}
    return {"design_sha256": "ef" * 32, **times, **shown}


def _card(study: Study, text: str) -> Card:
    seen = [{"title": text or "A film", "sha256": src.sha256} for src in study.src[:1]]
    licence = text or "MIT"
    return Card(id="espcn-x2", architecture="espcn", scale=2, sha256="1" * 64, licence=licence, material=tuple(seen))


@pytest.fixture
def make() -> Callable[..., ReportData]:
    """Return the maker of report data."""
    return study_data
