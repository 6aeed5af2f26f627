"""The uploader: a component that streams clips to disk through /api/upload, with a progress bar."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

uploader = st.components.v2.component(
    "qualab_uploader",
    html=(_HERE / "uploader.html").read_text(encoding="utf-8"),
    css=(_HERE / "uploader.css").read_text(encoding="utf-8"),
    js=(_HERE / "uploader.js").read_text(encoding="utf-8"),
)
