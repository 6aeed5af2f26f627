"""The frame viewer: reference, A and B at one frame, with a wipe, a difference map and a magnifier."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

frame_viewer = st.components.v2.component(
    "qualab_frames",
    html=(_HERE / "frames.html").read_text(encoding="utf-8"),
    css=(_HERE / "frames.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8") for name in ("pictures.js", "drawing.js", "frames.js")),
)
