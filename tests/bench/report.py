"""Times a report of 50 clips x 6 HRCs, 300 frames each: `python tests/bench/report.py`. Not a test."""

import runpy
import tempfile
import time
from pathlib import Path

from qualab.report.write import write


def main() -> None:
    """Print the seconds and bytes that each format takes."""
    make = runpy.run_path(str(Path(__file__).parents[1] / "report" / "conftest.py"))["study_data"]
    data = make(clips=50, hrcs=6, frames=300, viewers=24)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".html", ".zip"):
            began = time.perf_counter()
            path = write(data, Path(folder) / f"report{suffix}")
            seconds = time.perf_counter() - began
            print(f"{suffix}: {seconds:.2f} s, {path.stat().st_size / 2**20:.1f} MiB, {len(data.votes):,} votes")


if __name__ == "__main__":
    main()
