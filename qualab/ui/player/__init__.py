"""The player: one component that shows a trial's two pictures and takes the vote."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
SHELL = _HERE / "shell.css"
ROOM = _HERE / "room.css"

player = st.components.v2.component(
    "qualab_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8") for name in ("exchange.js", "stage.js", "player.js")),
)
