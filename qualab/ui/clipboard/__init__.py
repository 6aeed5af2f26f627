"""A button that copies a text to the reader's clipboard."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_button = st.components.v2.component(
    "qualab_clipboard",
    html='<button type="button"><span></span></button>',
    css=(_HERE / "clipboard.css").read_text(encoding="utf-8"),
    js=(_HERE / "clipboard.js").read_text(encoding="utf-8"),
)


def copy_button(text: str, label: str, *, key: str) -> None:
    """Show a button that copies `text`; it says so once that is done."""
    _button(data={"text": text, "label": label, "done": "Copied"}, key=key, width="content")
