"""Exporting: the right file or one line, never half a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qualab.errors import InputError, StorageError, ToolMissing
from qualab.upscalers.export_net import export
from qualab.upscalers.exports import FORMATS

FolderMaker = Callable[..., Path]
HEADS = {"onnx": b"\x08", "torchscript": b"PK\x03\x04", "ffmpeg": b"FFMPEGDNNNATIVE\x01\x00\x00\x00"}


@pytest.fixture(autouse=True)
def own(weights_folder: FolderMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an upscaler `own`, a small luma net."""
    monkeypatch.setenv("QUALAB_MODELS", str(weights_folder(architecture="lite").parent))


def refusal(name: str, output: Path, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        export(name, output, **options)
    assert "\n" not in str(caught.value)
    assert [path.name for path in output.parent.iterdir()] == ["models"]
    return str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_the_suffix_chooses_the_format_and_the_answer_says_how_to_use_the_file(format: str, tmp_path: Path) -> None:
    output = tmp_path / f"own{FORMATS[format].suffix}"
    assert str(output) in export("own", output)
    assert output.read_bytes().startswith(HEADS[format])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", output.name]


def test_an_export_replaces_an_older_one(tmp_path: Path) -> None:
    output = tmp_path / "own.model"
    output.write_bytes(b"old")
    export("own", output, format="ffmpeg")
    assert output.read_bytes().startswith(HEADS["ffmpeg"])


@pytest.mark.parametrize(
    ("name", "format", "part"),
    [
        ("own.onnx", "torchscript", "is no name of torchscript — name it OUT.pt (torchscript)"),
        ("own", None, "has no suffix of a known format — name it OUT.onnx (onnx), OUT.pt (torchscript)"),
        ("own.pth", None, "has no suffix of a known format"),
        ("own.onnx", "onxn", "did you mean 'onnx'? known: ffmpeg, onnx, torchscript"),
    ],
)
def test_a_name_that_is_none_of_the_formats_is_refused(name: str, format: str, part: str, tmp_path: Path) -> None:
    assert part in refusal("own", tmp_path / name, **({"format": format} if format else {}))


def test_an_unknown_upscaler_suggests_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'own'" in refusal("owm", tmp_path / "own.onnx")


def test_swscales_scalers_have_no_net_to_export(tmp_path: Path) -> None:
    assert "holds no net" in refusal("bicubic", tmp_path / "own.onnx")


def test_anime4ks_nets_are_run_by_their_own_package(tmp_path: Path) -> None:
    assert "run by pyanime4k" in refusal("anime4k-acnet-x2", tmp_path / "own.onnx")


def test_a_net_of_another_package_goes_to_torchscript(tmp_path: Path) -> None:
    export("waifu2x-anime-x2", tmp_path / "own.pt")
    assert (tmp_path / "own.pt").stat().st_size > 2_000_000


def test_an_export_that_fails_leaves_nothing_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "own.onnx"
    output.write_bytes(b"old")
    monkeypatch.setattr("qualab.upscalers.exports.onnx.find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match=r"pip install 'qualab\[onnx\]'"):
        export("own", output)
    assert output.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "own.onnx"]


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        export("own", tmp_path / "file" / "own.model")
