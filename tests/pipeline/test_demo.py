"""The main job as a newcomer runs it, on the first second of each clip: from nothing to scores and a voting link."""

import json
import os
import re
import subprocess
import sys

import pytest

from qualab import lab
from qualab.pipeline.demo import DEMO
from qualab.study.config import dump
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow

# The program with a shorter demo; the whole of it takes minutes.
SHORT = """
from qualab.cli.main import main
from qualab.pipeline import demo

src = tuple(one.model_copy(update={"duration_s": 1.0}) for one in demo.DEMO.src)
demo.DEMO = demo.DEMO.model_copy(update={"src": src})
main()
"""


def run_demo(root):
    return subprocess.run(
        [sys.executable, "-c", SHORT, "demo", "--no-serve"],
        capture_output=True,
        text=True,
        env={**os.environ, "QUALAB_STUDIES": str(root)},
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo") / "studies"
    done = run_demo(root)
    assert done.returncode == 0, done.stderr
    return Workspace(root), done


def test_the_demo_prints_scores_a_link_and_the_clips_attribution(demo):
    _, done = demo
    for hrc in ("bicubic", "lanczos", "lite-x2"):
        assert re.search(rf"bigbuckbunny\s.*{hrc}", done.stdout)
    assert re.search(r"http://127\.0\.0\.1:8501/join/[\w-]{22}", done.stdout)
    assert "Blender Foundation" in done.stderr
    assert "CC BY 3.0" in done.stderr


def test_lite_x2_beats_both_baselines_on_the_demos_reference(demo):
    """At least half of the gains that its card reports on other clips of this kind, and over lanczos too."""
    table = lab.scores(demo[0], "demo")
    means = table[table["pooling"] == "mean"].pivot_table(index="hrc", columns="metric", values="value")
    assert means.loc["lite-x2", "psnr_y"] > means.loc["bicubic", "psnr_y"] + 1.5
    for metric in ("vmaf", "vmaf_neg", "psnr_y", "psnr", "ssim"):
        assert means.loc["bicubic", metric] < means.loc["lanczos", metric] < means.loc["lite-x2", metric]


def test_the_demos_clips_without_reference_have_pairs_but_no_scores(demo):
    objects = json.loads((demo[0].root / "demo" / "build.json").read_text())["objects"]
    assert {made["src"] for made in objects if made["kind"] == "scores"} == {"bigbuckbunny"}
    assert [made["role"] for made in objects if made["kind"] == "pair"].count("test") == 6
    assert [made["role"] for made in objects if made["kind"] == "pair"].count("gold") == 1
    assert sum(made["kind"] == "pvs" for made in objects) == 9
    sizes = {made["src"]: (made["width"], made["height"]) for made in objects if made["kind"] == "pair"}
    assert sizes == {"bigbuckbunny": (1280, 720), "bikes": (1280, 544), "carphone": (384, 288)}


def test_the_demo_leaves_study_toml_as_it_is_committed(demo):
    study = demo[0].folder("demo")
    whole = {src.id: src.duration_s for src in DEMO.src}
    src = tuple(one.model_copy(update={"duration_s": whole[one.id]}) for one in study.load().src)
    assert dump(study.load().model_copy(update={"src": src})) == dump(DEMO)
    assert (study.path / "study.toml").read_text(encoding="utf-8") == dump(study.load())


def test_the_demo_again_makes_nothing_and_invites_one_more(demo):
    ws, _ = demo
    before = lab.progress(ws, "demo")["real"]["invited"]
    done = run_demo(ws.root)
    assert "0 made (nothing to do), 36 kept" in done.stdout
    assert lab.progress(ws, "demo")["real"]["invited"] == before + 1


def test_simulated_votes_stay_apart_from_real_ones(demo):
    ws, _ = demo
    assert lab.simulate(ws, "demo", subjects=24, share=0.7, seed=1) == 24 * 7
    real, simulated = lab.analyze(ws, "demo")
    assert (real.is_simulated, simulated.is_simulated) == (False, True)
    assert sum(result.n_votes for result in real.results) == 0
    overall = simulated.all("sign_flip", src=None, group=None)
    assert [(result.n_votes, result.n_subjects, result.n_srcs) for result in overall] == [(72, 24, 3)] * 2
    assert set(lab.votes(ws, "demo")["simulated"]) == {1}
