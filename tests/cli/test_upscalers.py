"""The verbs about upscalers: the list in any terminal, the benchmark, exports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qualab.cli.main import _app, _outcome, _placed
from qualab.cli.upscalers import _short

ROWS = ("bicubic", "lite-x2")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep measured speeds apart from those of the user."""
    monkeypatch.setenv("QUALAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def run(capsys):
    """Return what runs a verb in this process and gives (exit code, stdout, stderr)."""

    def verb(*words):
        code, said = _outcome(lambda: _app()(_placed([str(word) for word in words]), standalone_mode=False))
        out, err = capsys.readouterr()
        return code, out, err + (f"error: {said}\n" if said else "")

    return verb


def columns(out):
    return [cell.strip() for cell in out.splitlines()[2].strip("┃").split("┃")]


@pytest.mark.parametrize(
    ("width", "shown"),
    [(80, 6), (100, 7), (120, 8), (200, 9)],
)
def test_the_list_fits_the_terminal_and_shows_more_in_a_wide_one(run, monkeypatch, width, shown):
    monkeypatch.setattr("qualab.cli.terminal._PIPE_WIDTH", width)
    code, out, _ = run("upscalers")
    assert code == 0
    assert columns(out)[:6] == ["id", "scale", "params", "GFLOP", "gain, dB", "fps"]
    assert len(columns(out)) == shown
    assert max(map(len, out.splitlines())) <= width
    # No id is folded over two lines.
    assert all(any(line.startswith(f"│ {name} ") for line in out.splitlines()) for name in ROWS)


def test_as_json_every_upscaler_has_every_key(run):
    code, out, _ = run("upscalers", "--json")
    rows = {row["id"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0
    keys = {"type", "kind", "scale", "parameters", "gflop_720p", "gain_db", "gain_clips", "gain", "fps", "fps_device"}
    assert all(keys | {"licence", "origin"} <= set(rows[name]) for name in ROWS)
    assert rows["lite-x2"]["origin"] in ("models", "shipped")
    assert rows["lite-x2"]["gain_db"] > 1
    assert rows["bicubic"]["gain_db"] == 0


def test_names_choose_rows_and_a_wrong_one_suggests_the_nearest(run):
    assert [json.loads(line)["id"] for line in run("upscalers", "lite-x2", "--json")[1].splitlines()] == ["lite-x2"]
    code, _, err = run("upscalers", "lite-x3000")
    assert code == 2
    assert "does not exist" in err
    assert "lite-x2" in err


def test_the_list_loads_no_torch():
    code = "import sys; from qualab.cli.main import _app; _app()(['upscalers', '--json'], standalone_mode=False);"
    code += "print([name for name in ('torch', 'av') if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_benchmark_shows_the_speed_now_and_later(run):
    assert "Speed is not measured here yet" in run("upscalers", "bicubic")[1]
    code, out, err = run("upscalers", "bicubic", "--benchmark", "--json")
    assert (code, err) == (0, "")
    measured = json.loads(out)["fps"]
    assert measured > 0
    assert json.loads(run("upscalers", "bicubic", "--json")[1])["fps"] == measured
    assert "Speed is not measured" not in run("upscalers", "bicubic")[1]


def test_an_upscaler_that_cannot_be_measured_is_exit_3_and_the_others_are(run, tmp_path, monkeypatch):
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "card.toml").write_text("id = ")
    code, out, err = run("upscalers", "broken", "bicubic", "--benchmark", "--json")
    assert code == 3
    assert all(line.startswith("error: ") for line in err.splitlines())
    rows = {row["id"]: row for row in map(json.loads, out.splitlines())}
    assert rows["bicubic"]["fps"] > 0
    assert rows["broken"]["fps"] is None


def test_an_export_is_written_and_the_answer_says_how_to_use_it(run, tmp_path):
    code, out, err = run("export", "espcn-x2", tmp_path / "espcn.model")
    assert (code, err) == (0, "")
    assert f"sr=dnn_backend=native:model={tmp_path / 'espcn.model'}" in out
    assert (tmp_path / "espcn.model").read_bytes().startswith(b"FFMPEGDNNNATIVE")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("export", "lite-x2", "out.onnx", "--format", "ffmpeg"), "is no name of ffmpeg — name it OUT.model"),
        (("export", "lite-x2", "out.txt"), "has no suffix of a known format"),
        (("export", "lite-x2", "out.onnx", "--format", "tflite"), "known: ffmpeg, onnx, torchscript"),
        (("export", "lite-x9000", "out.onnx"), "does not exist"),
        (("export", "bicubic", "out.onnx"), "holds no net"),
        (("export", "waifu2x-anime-x2", "out.model"), "works on RGB"),
    ],
)
def test_an_export_that_cannot_be_is_one_line_and_exit_2(run, tmp_path, monkeypatch, words, part):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*words)
    assert code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert part in err
    assert list(Path().iterdir()) == []


def test_a_missing_package_is_exit_4_and_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr("qualab.upscalers.exports.onnx.find_spec", lambda name: None)
    code, _, err = run("export", "lite-x2", tmp_path / "out.onnx")
    assert code == 4
    assert "pip install 'qualab[onnx]'" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (38468, "38.5k"), (1_284_598, "1.28M"), (2517.0, "2517"), (49.13, "49.1"), (0.5234, "0.523")],
)
def test_numbers_are_told_in_about_three_digits(value, shown):
    assert _short(value) == shown
