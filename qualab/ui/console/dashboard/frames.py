"""Frame by frame: lines with scenes shaded, and the pictures of the frame that was clicked."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from qualab.charts.frames import frame_lines
from qualab.study.families import METRICS
from qualab.study.scores import scenes_of
from qualab.ui.console.dashboard.clip import chosen_clip, chosen_pair
from qualab.ui.console.dashboard.view import Board
from qualab.ui.console.figures import key_of, shown
from qualab.ui.console.study_picker import advise
from qualab.ui.frames import frame_viewer

TITLE = "Frame by frame"
_FRAME = "frame"


def frames(board: Board) -> None:
    """Show the chosen metric over the frames of a clip, and the viewer."""
    clip = chosen_clip(board)
    if clip is None:
        advise(
            "No clip here has been made.", "Clear the filters, or build the study:", f"qualab build {board.study.id}"
        )
        return
    _chart(board, clip)
    a, b = chosen_pair(board, clip)
    frame_viewer(key="frames", data=_viewer_data(board, clip, [a, *([b] if b else [])]))


def pictures(board: Board, clip: str, pair: tuple[str, str], *, key: str) -> None:
    """Show the viewer with a clip as two HRCs make it."""
    frame_viewer(key=key, data=_viewer_data(board, clip, list(pair)))


def open_frame(clip: str, hrc: str, baseline: str | None, frame: int) -> None:
    """Make the section show this frame with these two at the next run; a callback of a button."""
    wanted = {"view": TITLE, "clip": clip, "a": baseline or hrc, "b": hrc}
    for key, value in wanted.items():
        st.session_state[key] = value
    st.query_params[_FRAME] = str(frame)


def _chart(board: Board, clip: str) -> None:
    tables = board.frames(clip, board.shown_hrcs(clip), [board.metric])
    if not tables:
        st.caption("Not scored, because there is no reference, or not yet. The pictures can be looked at all the same.")
        return
    scenes = scenes_of(board.build.manifest, clip)
    figure = frame_lines(
        tables,
        metric=board.metric,
        hrcs=board.study.hrc_ids,
        scenes=scenes,
        pickable=True,
        marked=_wanted(board, clip),
    )
    about = f"{board.metric} by frame {clip} {board.study.id}"
    shown(
        figure,
        lambda: _beside(tables, board.metric),
        about,
        on_select=lambda: _picked(about),
        selection_mode="points",
    )
    scenes_said = f" Shaded: every second of {len(scenes)} scenes." if len(scenes) > 1 else ""
    st.caption(f"Click a frame to see it below.{scenes_said}")


def _picked(about: str) -> None:
    """Take the frame of a click; a callback, so that it counts once."""
    points = st.session_state[key_of(about)]["selection"]["points"]
    if points:
        st.query_params[_FRAME] = str(int(points[0]["x"]))


def _wanted(board: Board, clip: str) -> int:
    """Return the frame of the address, within the clip; 0 where it names none."""
    text = st.query_params.get(_FRAME, "0")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return min(number, _count(board, clip) - 1)


def _count(board: Board, clip: str) -> int:
    return max(record.frames for record in board.build.manifest.of_kind("pvs", clip) if record.hrc in board.hrcs)


def _viewer_data(board: Board, clip: str, hrcs: list[str]) -> dict[str, object]:
    """Return what the viewer must know: names, the number of frames, and the scores beside each picture."""
    tables = board.frames(clip, hrcs, board.metrics)
    measured = [name for name in board.metrics if any(name in table for table in tables.values())]
    pictures: list[dict[str, object]] = []
    if board.build.record("reference", clip):
        pictures.append({"label": "Reference", "hrc": None})
    for label, hrc in zip("AB", hrcs, strict=False):
        pictures.append({"label": label, "hrc": hrc, "scores": _numbers(tables.get(hrc), measured)})
    return {
        "study": board.study.id,
        "src": clip,
        "frames": _count(board, clip),
        "frame": _wanted(board, clip),
        "pictures": pictures,
        "metrics": [
            {"id": name, "title": METRICS[name].title, "decimals": METRICS[name].unit.decimals} for name in measured
        ],
    }


def _numbers(table: pd.DataFrame | None, metrics: list[str]) -> dict[str, list[float | str | None]]:
    """Return values by metric as JSON holds them: an infinite one is a word."""
    if table is None:
        return {}
    return {
        name: [_number(value, METRICS[name].unit.decimals) for value in table[name]]
        for name in metrics
        if name in table
    }


def _number(value: float, decimals: int) -> float | str | None:
    if math.isnan(value):
        return None
    return "inf" if math.isinf(value) else round(float(value), decimals)


def _beside(tables: Any, metric: str) -> pd.DataFrame:
    """Return a row a frame and a column an HRC."""
    return pd.DataFrame({hrc: table.set_index("frame")[metric] for hrc, table in tables.items()}).reset_index()
