"""What the gate before every score found of a pair, for the console."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

# A sign and a word, so that nothing hangs on colour.
_SIGNS = {"ok": "✓ ok", "adapt": "≈ adapted", "refuse": "✕ refused"}


def preflight_table(findings: Sequence[Mapping[str, str]]) -> None:
    """Show findings as `score_frames` and the records of scores hold them: code, verdict, text and hint."""
    if not findings:
        st.caption("These scores are of a build that kept no findings.")
        return
    rows = [
        {
            "Looked at": finding["code"],
            "Verdict": _SIGNS[finding["verdict"]],
            "What was seen": " — ".join(part for part in (finding["text"], finding.get("hint", "")) if part),
        }
        for finding in findings
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
