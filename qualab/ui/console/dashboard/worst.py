"""The worst frames of one HRC, each beside the reference and the baseline."""

from collections.abc import Mapping
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from qualab.stats.objective.worst_clips import worst_frames
from qualab.study.families import METRICS
from qualab.study.scores import scenes_of
from qualab.ui.console.dashboard.clip import chosen_clip_and_hrc
from qualab.ui.console.dashboard.frames import open_frame
from qualab.ui.console.dashboard.view import Board
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown

_SCORE, _LOSS = "lowest score", "most lost against the baseline"
_COUNT = 6


def worst(board: Board) -> None:
    """Show up to six triples reference | baseline | HRC, at most one of each scene."""
    clip, hrc = chosen_clip_and_hrc(board, scored=True)
    if clip is None or hrc is None:
        advise("No clip here is scored.", "Clear the filters, or build the study:", f"qualab build {board.study.id}")
        return
    base = board.study.baselines().get(hrc)
    tables = board.frames(clip, [hrc, *([base] if base else [])], [board.metric])
    if hrc not in tables or board.metric not in tables[hrc]:
        advise("This HRC is not scored on this clip.", "Build the study:", f"qualab build {board.study.id}")
        return
    by = st.segmented_control(
        "Worst by", [_SCORE, _LOSS] if base in tables else [_SCORE], default=_SCORE, required=True
    )
    values = _values(tables[hrc], board.metric)
    judged = values - _values(tables[str(base)], board.metric) if by == _LOSS else values
    scenes = scenes_of(board.build.manifest, clip)
    numbers = worst_frames(judged, scenes=scenes, count=_COUNT, lower=METRICS[board.metric].lower_is_better)
    st.caption("At most one frame of each scene." if scenes else "At least 25 frames apart: scenes are not known here.")
    if not numbers:
        st.caption("Every frame equals the reference: none is worse than another.")
    for number in numbers:
        _triple(board, clip, hrc, base, number, tables)


def _values(table: pd.DataFrame, metric: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = table[metric].to_numpy(dtype=np.float64)
    return values


def _triple(
    board: Board, clip: str, hrc: str, base: str | None, number: int, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Show one frame: up to three pictures with their scores, and the way into the viewer."""
    parts: list[tuple[str, str | None]] = [("Reference", None)] if board.build.record("reference", clip) else []
    parts += [(f"{base} (baseline)", base)] if base and board.build.record("pvs", clip, base) else []
    parts.append((hrc, hrc))
    with st.container(border=True):
        for column, (name, shown) in zip(st.columns(len(parts)), parts, strict=True):
            query = "?small=1" + (f"&hrc={quote(shown, safe='')}" if shown else "")
            address = f"/console-frame/{quote(board.study.id, safe='')}/{quote(clip, safe='')}/{number}{query}"
            column.markdown(f"![frame {number}, {escape_markdown(name)}]({address})")
            column.caption(escape_markdown(name) + _score(tables, shown, board.metric, number))
        st.button(
            f"Open frame {number}",
            key=f"open-{clip}-{hrc}-{number}",
            on_click=open_frame,
            args=(clip, hrc, base, number),
            icon=":material/compare:",
        )


def _score(tables: Mapping[str, pd.DataFrame], hrc: str | None, metric: str, number: int) -> str:
    if hrc is None or hrc not in tables:
        return ""
    value = float(tables[hrc][metric].iloc[number])
    return f": {METRICS[metric].title} " + (
        f"{value:.{METRICS[metric].unit.decimals}f}" if np.isfinite(value) else "lossless"
    )
