"""Times a report of 50 clips x 6 HRCs, 300 frames each, by 24 viewers: `python tests/bench/report.py`.

Not a test. `build` is the document alone, once the results are there; each format's time holds it.
`cpu` is what the process and its Chrome took, `seconds` what the clock says: on a busy machine they differ.
"""

import json
import os
import runpy
import tempfile
import time
from pathlib import Path

from qualab.report.build import build
from qualab.report.figures import svgs_of
from qualab.report.formats import write
from qualab.report.pdf import figures_of
from qualab.report.recompute import recompute


def main() -> None:
    """Print seconds and bytes of each format, one JSON object a line."""
    make = runpy.run_path(str(Path(__file__).parents[1] / "report" / "conftest.py"))["study_data"]
    began = _now()
    data = make(clips=50, hrcs=6, frames=300, viewers=24)
    _tell("results", began, votes=len(data.votes), results=len(data.results))
    began = _now()
    document = build(data)
    _tell("build", began)
    figures = list(figures_of(document))
    began = _now()
    svgs_of(figures[:40])
    _tell("figures of the PDF", began, figures=len(figures[:40]), of=len(figures))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".html", ".pdf", ".zip"):
            began = _now()
            path = write(data, Path(folder) / f"report{suffix}")
            _tell(suffix, began, bytes=path.stat().st_size)
        began = _now()
        found = recompute(path)
        _tell("recompute", began, results=found.results, faults=len(found.faults))


def _now() -> tuple[float, float]:
    return time.perf_counter(), sum(os.times()[:4])


def _tell(what: str, began: tuple[float, float], **more: int) -> None:
    seconds, cpu = (round(now - then, 2) for now, then in zip(_now(), began, strict=True))
    print(json.dumps({"type": "bench", "what": what, "seconds": seconds, "cpu": cpu, **more}))


if __name__ == "__main__":
    main()
