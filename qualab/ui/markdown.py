"""Text and errors on Streamlit pages: names stay text, errors stay one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from qualab.errors import QualabError

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&])")


def escape_markdown(text: object) -> str:
    r"""Return `text` so that Streamlit's Markdown shows it letter by letter.

    >>> escape_markdown("a*b")
    'a\\*b'
    """
    return _MARKS.sub(r"\\\1", str(text))


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a user's error as one line in a box; anything else is a bug and goes to the terminal."""
    try:
        yield
    except QualabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
