"""Single frames over HTTP: exact, for the console alone, and of nothing but a study's own clips."""

import io
import json
from fractions import Fraction

import av
import pytest

from qualab.study.files import write_json
from qualab.study.workspace import Workspace
from qualab.ui.http.frame_cache import FrameCache


@pytest.fixture
def framed(toy: Workspace, with_frames) -> Workspace:
    """Return the toy workspace with clips that can be decoded."""
    with_frames(toy.folder("toy"))
    return toy


def luma(png: bytes) -> float:
    """Return the limited-range luma of a grey PNG."""
    with av.open(io.BytesIO(png)) as container:
        return float(next(container.decode(video=0)).to_ndarray(format="rgb24").mean()) * 219 / 255 + 16


@pytest.mark.parametrize("number", [0, 7, 24, 8])
def test_frame_n_of_reference_and_pvs_is_frame_n(number, framed, researcher):
    for query, more in (("", 0), ("?hrc=toybase", 8), ("?hrc=toyother", 24)):
        answer = researcher.get(f"/console-frame/toy/toy-fox/{number}{query}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "private, no-store"
        assert luma(answer.content) == pytest.approx(4 * number + 40 + more, abs=0.6)


def test_a_clip_without_reference_has_frames_of_its_pvss_alone(framed, researcher):
    assert researcher.get("/console-frame/toy/toy-street/3?hrc=toytest").status_code == 200
    assert researcher.get("/console-frame/toy/toy-street/3").status_code == 404


@pytest.mark.parametrize("path", ["toy/toy-fox/3?hrc=toybase", "toy/toy-fox/3", "nothing/x/0"])
def test_strangers_and_viewers_get_no_frame(path, framed, client, viewer):
    for browser in (client, viewer):
        answer = browser.get(f"/console-frame/{path}")
        assert answer.status_code == 404
        assert b"PNG" not in answer.content[:8]


@pytest.mark.parametrize(
    "path",
    [
        "toy/toy-fox/25",
        "toy/toy-fox/999999999999999999999",
        "toy/toy-fox/-1",
        "toy/toy-fox/1.5",
        "toy/toy-fox/0?hrc=..%2F..%2Fclips",
        "toy/toy-fox/0?hrc=None",
        "toy/..%2F..%2Fetc/0",
        "..%2Ftoy/toy-fox/0",
        "TOY/toy-fox/0",
        "toy/toy-fox/0?hrc=%00",
        "toy/nobody/0",
    ],
)
def test_what_is_no_frame_of_a_study_is_not_found(path, framed, researcher):
    assert researcher.get(f"/console-frame/{path}").status_code == 404


def test_a_build_record_that_points_out_of_the_study_is_not_followed(framed, researcher):
    folder = framed.folder("toy")
    outside = framed.root / "secret.mkv"
    outside.write_bytes((folder.sources / "toy-fox.reference.mkv").read_bytes())
    manifest = json.loads(folder.manifest.read_text())
    made = next(made for made in manifest["objects"] if made["kind"] == "reference")
    for file in ("../secret.mkv", str(outside)):
        made["file"] = file
        write_json(folder.manifest, manifest)
        assert researcher.get("/console-frame/toy/toy-fox/0").status_code == 404


def test_a_clip_that_cannot_be_decoded_says_so_without_its_path(toy, researcher):
    answer = researcher.get("/console-frame/toy/toy-fox/0?hrc=toybase")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert str(toy.root) not in answer.text


def test_a_build_of_junk_has_no_frames(toy, researcher):
    toy.folder("toy").manifest.write_text(json.dumps({"objects": "x"}))
    assert researcher.get("/console-frame/toy/toy-fox/0").status_code == 404


def test_a_small_frame_is_no_wider_than_480(framed, researcher):
    answer = researcher.get("/console-frame/toy/toy-fox/0?small=1&hrc=toytest")
    with av.open(io.BytesIO(answer.content)) as container:
        assert container.streams.video[0].width == 320


def test_the_cache_keeps_within_its_bytes_and_forgets_the_oldest(framed):
    path = framed.folder("toy").sources / "toy-fox.reference.mkv"
    one = len(FrameCache().png(path, Fraction(25), 0))
    cache = FrameCache(most_bytes=int(3.5 * one))
    for number in (0, 1, 2, 3, 4):
        cache.png(path, Fraction(25), number)
        assert sum(map(len, cache._pngs.values())) <= 3.5 * one
    assert len(cache._pngs) == 3
    assert [key[1] for key in cache._pngs] == [2, 3, 4]


def test_a_clip_made_again_under_the_same_name_is_read_again(framed):
    folder = framed.folder("toy")
    path = folder.sources / "toy-fox.reference.mkv"
    cache = FrameCache()
    before = cache.png(path, Fraction(25), 5)
    other = next(folder.read_manifest().of_kind("pvs")).file
    path.write_bytes((folder.path / other).read_bytes())
    assert cache.png(path, Fraction(25), 5) != before


def test_no_more_clips_stay_open_than_allowed(framed):
    cache = FrameCache(most_files=2)
    folder = framed.folder("toy")
    files = [folder.path / pvs.file for pvs in folder.read_manifest().of_kind("pvs")]
    for path in files:
        cache.png(path, Fraction(25), 1)
    assert len(cache._clips) == 2
