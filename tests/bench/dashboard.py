"""Times the page Scores with 1,000,000 frame scores: 20 clips x 50 HRCs x 1,000 frames, five metrics.

python tests/bench/dashboard.py [--chromium]

Without an option the page runs through Streamlit's AppTest in this process: what the server does for a view. With
`--chromium` the times are those of a reader: from the navigation, or the click, until the table or chart is there.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from qualab.metrics.metric import pool
from qualab.study.config import Cross, Rendition, Src, Study
from qualab.study.files import write_json
from qualab.study.tables import FRAME_COLUMNS
from qualab.study.workspace import StudyFolder, Workspace

ROOT = Path(__file__).parents[2]
CLIPS, FRAMES, TOKEN = 20, 1000, "bench-console-token"
RUNGS, UPSCALERS = 10, ("bicubic", "lanczos", "lite-x2", "quick-x2", "best-x2")


def study() -> Study:
    """Return the study: ten rungs by five upscalers."""
    rungs = tuple(Rendition(id=f"r{n}", height=360, bitrate_kbps=100 * (n + 1)) for n in range(RUNGS))
    src = tuple(
        Src(
            id=f"clip-{n}",
            title=f"Clip {n}",
            file=f"{n + 1:064x}.mp4",
            reference=True,
            tags=("odd", "even")[n % 2 :][:1],
        )
        for n in range(CLIPS)
    )
    cross = (Cross(renditions=tuple(rung.id for rung in rungs), upscalers=UPSCALERS),)
    sizes = {"source_height": 360, "display_height": 720, "baseline": UPSCALERS[0]}
    return Study(id="bench", **sizes, rendition=rungs, cross=cross, src=src)


def write(folder: StudyFolder) -> int:
    """Write the tables and build.json as a build leaves them; return the number of frame scores (rows)."""
    made, pooled, rng = study(), [], np.random.default_rng(1)
    names = [(src.id, hrc.id) for src in made.src for hrc in made.hrcs]
    kinds = {
        name: pd.CategoricalDtype([*dict.fromkeys(pair[at] for pair in names)])
        for at, name in enumerate(("src", "hrc"))
    }
    writer = None
    objects: list[dict[str, Any]] = []
    for number, (src, hrc) in enumerate(names):
        level = 60 + 20 * rng.random() + 3 * np.sin(np.arange(FRAMES) / 40) + rng.normal(0, 1, FRAMES)
        table = pd.DataFrame({"frame": np.arange(FRAMES, dtype=np.int32)})
        for place, metric in enumerate(FRAME_COLUMNS[1:]):
            table[metric] = (level / (1, 1.03, 2, 1.9, 90)[place]).astype(np.float32)
        pooled.append(pool(table, src=src, hrc=hrc))
        whole = table.assign(src=src, hrc=hrc).astype(kinds)
        group = pa.Table.from_pandas(whole, preserve_index=False)
        writer = writer or pq.ParquetWriter(folder.frames_table, group.schema)
        writer.write_table(group)
        common = {
            "src": src,
            "hrc": hrc,
            "frames": FRAMES,
            "fps": "25",
            "width": 1280,
            "height": 720,
            "key": f"{number:064x}",
        }
        file = f"pvs/{src}.{hrc}"
        objects.append({"kind": "pvs", "file": f"{file}.mkv", "bitrate_kbps": 100.0 + number % 50, **common})
        objects.append({"kind": "scores", "file": f"{file}.parquet", **common})
    assert writer is not None
    writer.close()
    pd.concat(pooled, ignore_index=True).to_parquet(folder.scores_table, index=False)
    objects += [{"kind": "scenes", "src": src.id, "file": "x", "scenes": [0, 300, 700]} for src in made.src]
    write_json(folder.manifest, {"study": "bench", "objects": objects, "failures": [], "tools": {}, "device": "cpu"})
    return len(names) * FRAMES


def by_app_test() -> dict[str, float]:
    """Return the seconds of each view in this process, the first one with nothing read yet."""
    from streamlit.runtime.context import ContextProxy
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    from qualab.ui import access
    from qualab.ui.http.routes import SCRIPT

    ContextProxy.cookies = {access.CONSOLE_COOKIE: access.console_cookie()}  # type: ignore[assignment, misc]

    def page(**query: str) -> Any:
        found = AppTest.from_file(SCRIPT, default_timeout=60)
        found.query_params.update(query)
        found._page_hash = calc_hash("scores")
        return found.run()

    # A server has its modules and fonts already.
    page(study="warm")
    times = {}
    found = timed("first view", times, lambda: page(study="bench"))
    timed("filter by HRC", times, lambda: found.multiselect(key="hrcs").set_value(["lanczos-r3", "bicubic-r3"]).run())
    timed("filter by tag", times, lambda: found.multiselect(key="tags").set_value(["odd"]).run())
    frames = timed("frames of a clip, first", times, lambda: page(study="bench", view="Frame by frame"))
    timed("frames of another clip", times, lambda: frames.selectbox(key="clip").set_value("clip-7").run())
    for view in ("Distribution", "Worst frames"):
        timed(view, times, lambda view=view: page(study="bench", view=view))
    return times


def timed(name: str, times: dict[str, float], act: Callable[[], Any]) -> Any:
    """Do it, note its seconds under a name, return what it gives."""
    begin = time.perf_counter()
    found = act()
    times[name] = time.perf_counter() - begin
    assert not getattr(found, "exception", None), found.exception
    return found


def by_chromium(root: Path) -> dict[str, float]:
    """Return the seconds that a reader waits, in Chromium beside a server on this machine."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "QUALAB_STUDIES": str(root), "QUALAB_ADMIN_TOKEN": TOKEN}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base, times = f"http://127.0.0.1:{port}", {}
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{base}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        with sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"{base}/console/{TOKEN}")
            page.wait_for_selector("text=bench")

            def first() -> None:
                page.get_by_role("link", name="Scores").click()
                page.wait_for_selector("text=By clip and HRC")
                page.wait_for_selector('[data-testid="stDataFrame"] canvas')

            def narrowed() -> None:
                page.keyboard.press("Enter")
                # Of clips, the map under the table keeps the odd ones.
                page.wait_for_selector('.xtick >> text="Clip 1"', state="detached")

            def changed() -> None:
                page.get_by_text("PSNR-Y", exact=True).first.click()
                page.wait_for_selector("text=PSNR-Y, dB")
                page.wait_for_selector("h3:has-text('PSNR-Y')")

            timed("first view", times, first)
            timed("then its map, below", times, lambda: page.wait_for_selector('.xtick >> text="Clip 1"'))
            page.get_by_text("Filters").first.click()
            page.get_by_label("Tags").fill("odd")
            page.wait_for_selector("[role=option]")
            timed("filter by tag", times, narrowed)
            timed("another metric", times, changed)
            browser.close()
    finally:
        server.terminate()
        server.wait(30)
    return times


def main() -> None:
    """Print a line for each view, and one of JSON."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        os.environ["QUALAB_STUDIES"] = place
        ws = Workspace(root)
        rows = write(ws.create(study()))
        ws.create(study().model_copy(update={"id": "warm"}))
        is_browser = "--chromium" in sys.argv
        times = by_chromium(root) if is_browser else by_app_test()
        print(f"{rows:,} frame scores by 5 metrics, {'Chromium' if is_browser else 'AppTest, the server alone'}:")
        for name, seconds in times.items():
            print(f"  {name:<26} {1000 * seconds:6.0f} ms")
        print(json.dumps({name: round(seconds, 3) for name, seconds in times.items()}))


if __name__ == "__main__":
    main()
