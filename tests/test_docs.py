"""The examples in the documents run."""

import re
import shlex
import shutil
import tomllib
import warnings
from pathlib import Path

import pytest

from qualab.cli.main import _app, _outcome, _placed
from qualab.pipeline.reproduce import HELD_OUT, SEEN
from qualab.study.protocol import Checks, Rules, Voting
from qualab.study.tables import VOTE_COLUMNS
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def _commands(page):
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("qualab ")]


def _run(command):
    words = shlex.split(command)[1:]
    if words[0] == "build":
        # Workers would load torch anew for every build of a few frames; tests/pipeline has builds with workers.
        words.append("--inline")
    return _outcome(lambda: _app()(_placed(words), standalone_mode=False))


def test_the_readmes_four_tasks_run_from_top_to_bottom(make_clip, tmp_path, monkeypatch, capsys):
    make_clip("master.mp4", source="testsrc2=s=1280x720:r=25", frames=6)
    make_clip("old-episode.mp4", source="mandelbrot=s=320x180:r=25", frames=12)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))
    ran = []
    for command in _commands(ROOT / "README.md"):
        # `qualab demo` and `qualab serve` do not end; tests of their own run them.
        if command.split()[1] in ("demo", "serve"):
            continue
        assert _run(command) == (0, ""), command
        ran.append(command.split()[1])
    assert {"study", "clip", "build", "scores", "launch", "votes", "close", "analyze", "report"} <= set(ran)
    assert (tmp_path / "report.html").stat().st_size > 100_000
    assert "Not enough votes" in capsys.readouterr().out


def test_the_importing_pages_commands_run_from_top_to_bottom(make_clip, tmp_path, monkeypatch, capsys):
    import torch

    from qualab.study.files import shipped
    from qualab.upscalers.architectures import ARCHITECTURES
    from qualab.upscalers.bundled import PACKAGED

    make_clip("old.mp4", source="mandelbrot=s=64x48:r=25", frames=2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    with torch.random.fork_rng(devices=[]):
        net = ARCHITECTURES["srvggnet-compact"](2, features=8, convolutions=2)
    torch.save({"params_ema": net.state_dict()}, "2x-compact.pth")
    source = PACKAGED["realesr-animevideov3-x3"].path
    for suffix in (".param", ".bin"):
        shutil.copy(source.with_suffix(suffix), f"animevideov3-x3{suffix}")
    shutil.copytree(shipped("models") / "lite-x2", tmp_path / "trained" / "holiday-x2")
    for command in _commands(ROOT / "docs" / "importing.md"):
        assert _run(command) == (0, ""), command
    assert sorted(path.name for path in Path("models").iterdir()) == ["cartoon-x3", "compact-x2", "holiday-x2"]
    assert "new.mkv: 128x96" in capsys.readouterr().out


def test_the_exporting_pages_examples_run_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUALAB_CACHE", str(tmp_path / "cache"))
    page = ROOT / "docs" / "exporting.md"
    for command in _commands(page):
        assert _run(command) == (0, ""), command
    assert {"lite-x2.onnx", "lite-x2.pt", "lite-x2.model"} <= {path.name for path in tmp_path.iterdir()}
    examples = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            # Of torch 2.13: torch.jit still loads, and says that it is old.
            warnings.simplefilter("ignore", DeprecationWarning)
            exec(example, {})
    assert "lite-x2" in capsys.readouterr().out


def test_the_csv_example_is_read(tmp_path, capsys):
    (example,) = re.findall(
        r"```csv\n(.*?)```", (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8"), re.DOTALL
    )
    path = tmp_path / "votes.csv"
    path.write_text(example)
    assert _run(f"qualab analyze {path} --json") == (0, "")
    assert '"pair": ["bicubic", "waifu2x"]' in capsys.readouterr().out


def test_the_voting_pages_commands_run_and_its_settings_are_all_there_are(toy, capsys):
    page = ROOT / "docs" / "voting.md"
    for command in _commands(page):
        assert _run(command.replace(" library", " toy")) == (0, ""), command
    printed = capsys.readouterr()
    assert printed.out.count("/join/") == 12 + 4
    assert "Voting on toy is open again." in printed.out
    assert ",".join(VOTE_COLUMNS) in printed.out
    (example,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    asked = tomllib.loads(example)["voting"]
    Voting(**asked)
    assert set(asked) | {"enabled"} == set(Voting.model_fields)
    assert set(asked["rules"]) == set(Rules.model_fields)
    assert set(asked["checks"]) == set(Checks.model_fields)


def test_the_rate_quality_pages_examples_run_and_print_what_the_page_says(ladder, tmp_path, monkeypatch, capsys):
    page = ROOT / "docs" / "rate-quality.md"
    (example,) = re.findall(r"```csv\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text(example, encoding="utf-8")
    for command in _commands(page):
        assert _run(command) == (0, ""), command
    printed = capsys.readouterr().out
    told = re.findall(r"```text\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(told) == 2
    assert all(text in printed for text in told)


def test_the_experiment_of_2020_runs_as_its_page_says(make_clip, tmp_path, monkeypatch, capsys):
    """On small clips and with a few steps of training; all else is as written."""
    small = {"--minutes 10": "--steps 10", "-height 1080": "-height 180", "-height 720": "-height 120"}
    for name, zoom in (("first", 3), ("second", 2), ("third", 1)):
        make_clip(f"{name}.mp4", source=f"mandelbrot=s=320x180:r=25:start_scale={zoom}", frames=6)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))
    for command in _commands(ROOT / "docs" / "reproduce-2020.md"):
        for long, short in small.items():
            command = command.replace(long, short)
        assert _run(command) == (0, ""), command
    printed = capsys.readouterr()
    assert printed.err.index("seen in training") < printed.err.index("held out")
    assert printed.out.count("reproduce-2020: VMAF v0.6.1 against bitrate") == 2
    assert "steps: VMAF v0.6.1 NEG against bitrate" in printed.out
    studies = Workspace(tmp_path / "studies")
    assert [src.tags for src in studies.folder("reproduce-2020").load().src] == [(SEEN,), (SEEN,), (HELD_OUT,)]
    assert (tmp_path / "models" / "reproduce-2020-espcn-x2" / "card.toml").is_file()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_command_in_a_page_is_one_that_exists(page):
    from qualab.cli.main import _CLIP, _STUDY, _VERBS

    verbs = {verb for verbs in _VERBS.values() for verb in verbs} | {"study", "clip"}
    for verb, second in re.findall(r"`qualab ([a-z]+)(?: ([a-z]+))?", page.read_text(encoding="utf-8")):
        assert verb in verbs
        if verb in ("study", "clip"):
            assert second in {**_STUDY, **_CLIP}
