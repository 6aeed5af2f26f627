"""The player: one component that shows a trial's two pictures and takes the vote."""

from pathlib import Path

import streamlit as st

from qualab.voting.design import PRESENTATIONS

_HERE = Path(__file__).parent
SHELL = _HERE / "shell.css"
ROOM = _HERE / "room.css"
# One script without a build step: what is used stands before what uses it.
_SHOWING = ("words.js", "exchange.js", "conditions.js", "source.js", "stage.js", "show.js")
SCRIPTS = (
    "layouts.js",
    *(f"layouts/{presentation.layout}.js" for presentation in PRESENTATIONS.values()),
    *_SHOWING,
    *("asking.js", "gestures.js", "keys.js", "player.js"),
)

player = st.components.v2.component(
    "qualab_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
)
