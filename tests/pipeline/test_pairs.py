"""Display files as a build makes them: roles, halves, refusals, and one CRF for a whole study."""

import json

import pytest

from qualab.errors import MediaError
from qualab.media.frames import read_pictures
from qualab.media.probe import probe
from qualab.pipeline import pairs
from qualab.pipeline.build import build
from qualab.pipeline.display import DISPLAY_ENCODING, lowest_crf
from qualab.pipeline.ingest import add_clip
from qualab.pipeline.pairs import make_gold, make_pair
from qualab.pipeline.step import make_step
from qualab.study.config import Hrc, Src, Study, Voting
from qualab.study.files import sha256_of
from qualab.study.manifest import Record
from qualab.study.protocol import Checks
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow

CHECKS = Checks(gold=1, training=2, identical=2, traps=1)


@pytest.fixture
def folder(tmp_path, make_clip):
    """Return a function that makes a study of two clips."""

    def make(**voting):
        hrc = tuple(Hrc(id=name, upscaler=name) for name in ("bicubic", "lanczos"))
        sizes = {"source_height": 60, "display_height": 120}
        study = Study(id="toy", baseline="bicubic", hrc=hrc, voting=Voting(**voting), **sizes)
        made = Workspace(tmp_path / "studies").create(study)
        for name, source in (("one", "mandelbrot=s=96x60:r=25"), ("two", "testsrc2=s=96x60:r=25")):
            add_clip(made, make_clip(f"{name}.mp4", "-crf", "10", source=source), reference=False)
        return made

    return make


def _build(folder):
    return build(folder, inline=True, on_event=lambda event: None)


def _pairs(summary):
    return [made for made in map(Record.dump, summary.objects) if made["kind"] == "pair"]


def test_a_build_makes_the_pairs_of_every_role_and_tells_of_their_halves(folder):
    made = folder(checks=CHECKS)
    summary = _build(made)
    assert summary.failures == []
    found = _pairs(summary)
    assert sorted(pair["role"] for pair in found) == [*["gold"] * 2, *["identical"] * 2, *["test"] * 2, "trap"]
    for pair in found:
        assert (pair["packing"], pair["files"], pair["crf"]) == ("packed", [pair["file"]], 12)
        assert pair["halves"]["checked"]
        assert min(pair["halves"]["vmaf"]) >= 95
        assert pair["halves"]["vmaf_frames"] == 6
        picture = next(iter(read_pictures(made.path / pair["file"], probe(made.path / pair["file"]), name="pair")))
        means = [float(half.mean()) for half in (picture.y[: pair["height"]], picture.y[pair["height"] :])]
        assert pair["halves"]["mean_luma"] == pytest.approx(means, abs=3)  # of one frame of six
    again = _build(made)
    assert (again.made, again.cached) == (0, summary.made)


def test_the_clearly_worse_half_is_where_the_record_says(folder):
    made = folder(checks=CHECKS)
    for pair in (pair for pair in _pairs(_build(made)) if pair["role"] == "gold"):
        picture = next(iter(read_pictures(made.path / pair["file"], probe(made.path / pair["file"]), name="pair")))
        top, bottom = picture.y[: pair["height"]], picture.y[pair["height"] :]
        spoiled, good = (top, bottom) if pair["top"] == "a" else (bottom, top)
        assert _detail(spoiled) < 0.7 * _detail(good)


def _detail(luma):
    return float(abs(luma[:, 1:].astype(int) - luma[:, :-1]).mean())


def test_two_files_are_those_of_top_and_bottom_and_both_belong_to_the_object(folder):
    made = folder(packing="two", checks=CHECKS)
    summary = _build(made)
    for pair in _pairs(summary):
        files = [made.path / name for name in pair["files"]]
        assert pair["file"] == pair["files"][0]
        assert [sha256_of(path) for path in files] == pair["hashes"]
        assert len({path.stat().st_size for path in files}) == 1
        pictures = [next(iter(read_pictures(path, probe(path), name="pair"))) for path in files]
        assert [picture.height for picture in pictures] == [pair["height"]] * 2
        if pair["role"] == "gold":
            details = [_detail(picture.y) for picture in pictures]
            assert details.index(min(details)) == (0 if pair["top"] == "a" else 1)
    (made.path / _pairs(summary)[0]["files"][1]).unlink()
    assert _build(made).made == 1


def test_a_study_that_needs_a_lower_crf_gets_it_for_all_its_display_files(folder, monkeypatch):
    """Mandelbrot is at VMAF 96 at CRF 12; with a limit between, the other clip, which would do, is coded anew, too."""
    made = folder()
    found = _pairs(_build(made))
    lowest = {pair["src"]: min(pair["halves"]["vmaf"]) for pair in found}
    limit = (min(lowest.values()) + max(lowest.values())) / 2
    monkeypatch.setattr(pairs, "LEAST_VMAF", limit)
    for pair in found:
        (made.path / pair["file"]).unlink()
    summary = _build(made)
    assert summary.failures == []
    crfs = [pair["crf"] for pair in _pairs(summary)]
    assert crfs == [lowest_crf(summary.objects)] * 2
    assert crfs[0] in (8, 4)
    (note,) = summary.notes
    assert f"coded at CRF {crfs[0]}" in note["note"]
    again = _build(made)
    assert (again.made, [pair["crf"] for pair in _pairs(again)]) == (0, crfs)
    study = made.load()
    kept = tuple(src for src in study.src if lowest[src.id] > limit)
    made.save(study.model_copy(update={"src": kept}))
    assert [pair["crf"] for pair in _pairs(_build(made))] == [12]


def _step(tmp_path, paths, *, frames=6, **arguments):
    described = {"count": frames, "fps": "25", "size": [96, 64], "crfs": [12, 8], "packing": "packed", "matrix": 1}
    src = Src(id="fox", title="Fox", file="a" * 64 + ".mp4", reference=False)
    labels = {"role": "test", "hrc_a": "soft", "hrc_b": "bright", "top": "b", "packing": "packed"}
    origins = [("key", path.name) for path in paths]
    arguments = described | DISPLAY_ENCODING | {"match_brightness": True} | arguments
    return make_step("pair", src, origins, arguments, {}, stem="pairs/{long key}", ending=".mp4", labels=labels)


def _grey(make_clip, name, code):
    source = f"testsrc2=s=96x64:r=25,format=yuv420p,lutyuv=y=clip(val/2+{code}\\,16\\,235)"
    return make_clip(name, "-c:v", "ffv1", "-color_range", "tv", "-colorspace", "bt709", source=source)


@pytest.mark.parametrize(("more", "is_refused"), [(0, False), (3, True)])
def test_viewers_are_not_shown_halves_of_different_brightness(make_clip, tmp_path, more, is_refused):
    paths = [_grey(make_clip, "above.mkv", 40 + more), _grey(make_clip, "below.mkv", 40)]
    step = _step(tmp_path, paths)
    if not is_refused:
        assert make_pair(step, tmp_path, threads=1)["halves"]["mean_luma"]
        return
    with pytest.raises(MediaError, match=r"fox bright: is [23]\.\d\d code values brighter than soft .* — fix the"):
        make_pair(step, tmp_path, threads=1)
    assert not (tmp_path / step.file).exists()
    assert make_pair(_step(tmp_path, paths, match_brightness=False), tmp_path, threads=1)


def test_a_half_too_far_from_its_pvs_is_refused_by_clip_and_hrc(make_clip, tmp_path, monkeypatch):
    monkeypatch.setattr(pairs, "LEAST_VMAF", 100.5)
    paths = [_grey(make_clip, f"{name}.mkv", 40) for name in ("above", "below")]
    with pytest.raises(MediaError, match=r"fox bright: its display file is at VMAF 9\d\.\d .* at CRF 8 — viewers must"):
        make_pair(_step(tmp_path, paths), tmp_path, threads=1)
    assert not list((tmp_path / "pairs").iterdir())


def test_a_flat_clip_has_no_gold_pair(make_clip, tmp_path):
    flat = make_clip("flat.mkv", "-c:v", "ffv1", source="color=gray:s=96x64:r=25")
    src = Src(id="fox", title="Fox", file="a" * 64 + ".mp4", reference=False)
    described = {"count": 6, "fps": "25", "size": [96, 64], "pix_fmt": "yuv420p"}
    step = make_step("gold", src, [("key", flat.name)], described, {}, stem="sources/fox.gold.{key}")
    with pytest.raises(MediaError, match="fox: is too flat for a pair with an obvious answer"):
        make_gold(step, tmp_path, threads=1)
    assert not (tmp_path / step.file).exists()


def test_a_record_of_an_older_build_is_not_taken_for_one_of_today(folder):
    """Pairs of older builds have no role, and keys of their own: they are made again, and nothing else is."""
    made = folder()
    summary = _build(made)
    for pair in _pairs(summary):
        path = made.path / pair["file"].replace(".mp4", ".json")
        record = json.loads(path.read_text()) | {"key": "0" * 64}
        path.write_text(json.dumps({name: record[name] for name in record if name not in ("role", "files", "halves")}))
    again = _build(made)
    assert (again.made, again.cached) == (2, summary.made - 2)
    assert all(pair["role"] == "test" for pair in _pairs(again))
