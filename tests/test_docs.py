"""The examples in the documents run."""

import re
import shlex
from pathlib import Path

import pytest

from qualab.cli.main import _app, _outcome, _placed

ROOT = Path(__file__).parent.parent


def _commands(page):
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("qualab ")]


def _run(command):
    words = shlex.split(command)[1:]
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


def test_the_csv_example_is_read(tmp_path, capsys):
    (example,) = re.findall(
        r"```csv\n(.*?)```", (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8"), re.DOTALL
    )
    path = tmp_path / "votes.csv"
    path.write_text(example)
    assert _run(f"qualab analyze {path} --json") == (0, "")
    assert '"pair": ["bicubic", "waifu2x"]' in capsys.readouterr().out


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_command_in_a_page_is_one_that_exists(page):
    from qualab.cli.main import _CLIP, _STUDY, _VERBS

    verbs = {verb for verbs in _VERBS.values() for verb in verbs} | {"study", "clip"}
    for verb, second in re.findall(r"`qualab ([a-z]+)(?: ([a-z]+))?", page.read_text(encoding="utf-8")):
        assert verb in verbs
        if verb in ("study", "clip"):
            assert second in {**_STUDY, **_CLIP}
