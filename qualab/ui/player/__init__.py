"""The player: one component that shows a trial's two pictures and takes the vote."""

from pathlib import Path

import streamlit as st

from qualab.study.presentations import PRESENTATIONS

_HERE = Path(__file__).parent
SHELL = _HERE / "shell.css"
SURROUND = _HERE / "surround.css"
# One script without a build step: what is used stands before what uses it.
_SHOWING = ("server.js", "conditions.js", "source.js", "stage.js", "playback.js")
SCRIPTS = (
    *("dom.js", "texts.js", "layouts.js"),
    *(f"layouts/{name}.js" for name in PRESENTATIONS),
    *_SHOWING,
    *("answer_panel.js", "gestures.js", "keys.js", "player.js"),
)

player = st.components.v2.component(
    "qualab_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
)
