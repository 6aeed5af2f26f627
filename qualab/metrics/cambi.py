"""CAMBI, Netflix's banding index: 0 (none) to 24, visible from about 5."""

import json

from qualab.metrics.diagnostic import Diagnostic, Graph, Rows


def _rows(text: str, _: int) -> Rows:
    return [frame["metrics"] for frame in json.loads(text)["frames"]]


# CAMBI takes no pictures with both sides below 216 samples: they are enlarged by a whole factor, without new values.
_TIMES = "'max(1,ceil(216/max(iw,ih)))'"
# An empty model keeps libvmaf from computing VMAF of the clip against itself.
_FILTERS = (
    f"scale=w=iw*{_TIMES}:h=ih*{_TIMES}:flags=neighbor,"
    "split[a][b];[a][b]libvmaf=model=:feature=name=cambi:log_path={log}:log_fmt=json:n_threads={threads}"
)
CAMBI = Diagnostic(Graph("cambi", _FILTERS, _rows), "cambi")
