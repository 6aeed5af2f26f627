import subprocess
from pathlib import Path

import pytest

from qualab.errors import MediaError, RefusedPair
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.preflight import preflight
from qualab.media.preflight_findings import CODES
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path


def _checked(reference, distorted, **options):
    """Return what the gate finds of a pair that may be scored; raise what it refuses it for."""
    found = preflight(reference, distorted, **options)
    found.refuse()
    return found


def _finding(pair, code):
    (found,) = (finding for finding in pair.findings if finding.code == code)
    return found


def _transcoded(source, name, tmp_path, *arguments):
    path = tmp_path / name
    command = [ffmpeg_path(), "-v", "error", "-y", "-i", str(source), "-an", *arguments, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def moving(carried_clip, tmp_path_factory):
    """Real moving pictures, kept exactly: 320x180, 60 frames."""
    filters = ("-frames:v", "60", "-vf", "scale=320:180:flags=bicubic", "-c:v", "ffv1")
    return _transcoded(carried_clip("bigbuckbunny.mp4"), "moving.mkv", tmp_path_factory.mktemp("moving"), *filters)


def _shown(source, order, path):
    """Write the source's frames in that order, lossless."""
    info = probe(source)
    pictures = list(read_pictures(source, info, name="source"))
    with LosslessWriter(path, fps=info.fps, like=info) as writer:
        for number in order:
            writer.write(pictures[number])
    return path


@pytest.mark.parametrize(
    ("code", "arguments", "frames", "reason"),
    [
        ("frame-count", (), 11, "frame counts differ: 12 and 11"),
        ("size", ("-vf", "scale=320:178"), 12, "sizes differ: 320x180 and 320x178"),
        ("frame-rate", ("-r", "30"), 12, "frame rates differ: 25 and 30 fps"),
        ("frame-rate", ("-r", "50"), 12, "frame rates differ: 25 and 50 fps — make .* 25 fps, .* -vf fps=25"),
        ("sar", ("-vf", "setsar=4/3"), 12, "sample aspect ratios differ: 1 and 4/3"),
        ("matrix", ("-colorspace", "bt709"), 12, "colour matrices differ: unspecified and BT.709"),
        (
            "primaries",
            ("-vf", "setparams=color_primaries=bt709"),
            12,
            "colour primaries differ: unspecified and BT.709",
        ),
        (
            "transfer",
            ("-vf", "setparams=color_trc=bt709"),
            12,
            "transfer characteristics differ: unspecified and BT.709",
        ),
        ("transfer", ("-vf", "setparams=color_trc=smpte2084"), 12, r"the distorted clip is HDR \(PQ\) — tone-map"),
        ("range", ("-color_range", "pc"), 12, "code value ranges differ: limited and full"),
        ("bit-depth", ("-pix_fmt", "yuv420p10le"), 12, "bit depths differ: 8 bits and 10 bits"),
        ("chroma", ("-pix_fmt", "yuv444p"), 12, "chroma formats differ: 4:2:0 and 4:4:4"),
        ("chroma", ("-c:v", "ffv1", "-pix_fmt", "gray"), 12, "the distorted clip has pixel format gray"),
    ],
)
def test_pairs_that_must_not_be_compared_are_refused_by_name(make_clip, code, arguments, frames, reason):
    reference = make_clip("reference.mp4", frames=12)
    pair = preflight(reference, make_clip("other.mp4", *arguments, frames=frames))
    assert _finding(pair, code).verdict == "refuse"
    with pytest.raises(RefusedPair, match=f"reference.mp4 and other.mp4: .*{reason}") as caught:
        pair.refuse()
    assert caught.value.exit_code == 2


def test_every_code_is_told_once_and_in_order_refused_or_not(make_clip):
    reference = make_clip("reference.mp4", frames=12)
    for other in (reference, make_clip("other.mp4", "-pix_fmt", "gray", "-r", "30", frames=9)):
        pair = preflight(reference, other)
        assert [finding.code for finding in pair.findings] == list(CODES)
        assert all(finding.text for finding in pair.findings)
        assert all(bool(finding.hint) is (finding.verdict == "refuse") for finding in pair.findings)


def test_what_is_equal_is_told_with_what_was_seen(moving):
    pair = _checked(moving, moving)
    assert {finding.verdict for finding in pair.findings} == {"ok"}
    seen = {finding.code: finding.text for finding in pair.findings}
    assert seen["frame-count"] == "both 60 frames"
    assert (seen["size"], seen["frame-rate"], seen["bit-depth"]) == ("both 320x180", "both 25 fps", "both 8 bits")
    assert seen["offset"] == "none: frames fit best where they are"
    assert (pair.offset, pair.starts, pair.frames, pair.trims) == (0, (0, 0), 60, ("", ""))


def test_interlaced_and_uneven_clips_carry_the_gates_code(make_clip, tmp_path):
    fields = make_clip("fields.mp4", "-flags", "+ildct+ilme", "-vf", "setfield=tff", frames=6)
    uneven = make_clip("uneven.mkv", "-vf", "setpts='(N+gt(N,3)*N*N)/25/TB'", "-fps_mode", "vfr", frames=12)
    for path, code in ((fields, "interlaced"), (uneven, "frame-rate")):
        with pytest.raises(MediaError) as caught:
            preflight(path, path)
        assert caught.value.code == code


def test_odd_sides_are_adapted_to_and_say_what_chroma_they_have(make_clip):
    path = make_clip("odd.mkv", "-vf", "scale=321:181", "-c:v", "ffv1", "-pix_fmt", "yuv420p", frames=12)
    pair = _checked(path, path)
    assert _finding(pair, "odd-size").verdict == "adapt"
    assert "chroma of 161x91" in _finding(pair, "odd-size").text


@pytest.mark.parametrize("late", [-3, 2])
def test_a_late_clip_is_refused_or_compared_where_both_have_frames(moving, tmp_path, late):
    first, second = (range(max(late, 0), 50), range(max(-late, 0), 50))
    reference, distorted = _shown(moving, first, tmp_path / "a.mkv"), _shown(moving, second, tmp_path / "b.mkv")
    refused = preflight(reference, distorted)
    assert _finding(refused, "offset").verdict == "refuse"
    assert f"{abs(late)} frames {'late' if late > 0 else 'early'}" in _finding(refused, "offset").text
    assert "--align" in _finding(refused, "offset").hint
    pair = _checked(reference, distorted, align=True)
    assert _finding(pair, "offset").verdict == _finding(pair, "frame-count").verdict == "adapt"
    assert (pair.offset, pair.starts, pair.frames) == (late, (max(-late, 0), max(late, 0)), 50 - abs(late))
    assert pair.trims[late > 0] == f"trim=start_frame={abs(late)}:end_frame=50,"


def test_a_late_clip_of_equal_length_is_refused_too(moving, tmp_path):
    pair = preflight(_shown(moving, range(1, 50), tmp_path / "a.mkv"), _shown(moving, range(49), tmp_path / "b.mkv"))
    assert [finding.code for finding in pair.findings if finding.verdict == "refuse"] == ["offset"]


def test_counts_that_differ_stay_refused_where_no_place_can_be_told(make_clip):
    still = "color=gray:s=320x180:r=25"
    pair = preflight(
        make_clip("a.mp4", source=still, frames=30), make_clip("b.mp4", source=still, frames=28), align=True
    )
    assert _finding(pair, "frame-count").verdict == "refuse"
    assert _finding(pair, "offset").text.startswith("cannot tell: the pictures hardly move")


def test_a_frame_that_stands_for_another_is_told_and_scored_as_shown(moving, tmp_path):
    pair = _checked(moving, _shown(moving, [*range(30), 29, *range(31, 60)], tmp_path / "stands.mkv"))
    for code in ("dropped-frames", "duplicated-frames"):
        assert _finding(pair, code).verdict == "adapt"
        assert "near frame 30" in _finding(pair, code).text


@pytest.mark.parametrize(
    ("code", "order"),
    [("dropped-frames", [*range(30), *range(31, 60), 59]), ("duplicated-frames", [*range(30), 29, *range(30, 59)])],
)
def test_frames_that_put_the_rest_out_of_step_are_refused(moving, tmp_path, code, order):
    pair = preflight(moving, _shown(moving, order, tmp_path / "out.mkv"))
    assert [finding.code for finding in pair.findings if finding.verdict == "refuse"] == [code]


@pytest.fixture(scope="module")
def copies(moving, tmp_path_factory):
    """The moving clip as it comes back from a codec and an upscaler."""
    folder = tmp_path_factory.mktemp("copies")
    coded = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
    x2 = "scale=160:90:flags=bicubic,scale=320:180:flags=bicubic"
    return {
        "coded": _transcoded(moving, "coded.mp4", folder, *coded, "-crf", "35"),
        "upscaled": _transcoded(moving, "upscaled.mp4", folder, *coded, "-vf", x2, "-crf", "20"),
    }


@pytest.mark.parametrize("late", range(-8, 9))
@pytest.mark.parametrize("copy", ["coded", "upscaled"])
def test_align_finds_every_offset_through_a_codec_and_an_upscaler(moving, copies, tmp_path, copy, late):
    reference = _shown(moving, range(max(late, 0), 60), tmp_path / "a.mkv")
    distorted = _shown(copies[copy], range(max(-late, 0), 60), tmp_path / "b.mkv")
    assert preflight(reference, distorted, is_native=True, align=True).offset == late


@pytest.mark.parametrize("late", [-8, -1, 1, 8])
def test_a_still_clip_never_has_an_offset(make_clip, moving, tmp_path, late):
    still = _shown(moving, [5] * 60, tmp_path / "still.mkv")
    coded = _transcoded(still, "coded.mp4", tmp_path, "-c:v", "libx264", "-crf", "35", "-pix_fmt", "yuv420p")
    reference = _shown(still, range(max(late, 0), 60), tmp_path / "a.mkv")
    distorted = _shown(coded, range(max(-late, 0), 60), tmp_path / "b.mkv")
    pair = preflight(reference, distorted, is_native=True)
    assert pair.offset == 0
    assert _finding(pair, "offset").text == "cannot tell: the pictures hardly move; taken as none"


def _turned(path, degrees):
    turned = path.with_name(f"{degrees}-{path.name}")
    command = [ffmpeg_path(), "-v", "error", "-display_rotation", str(degrees), "-i", str(path), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, stdin=subprocess.DEVNULL)
    return turned


@pytest.mark.parametrize("degrees", [90, 270])
def test_turned_422_is_refused_because_ffmpeg_measures_other_chroma(make_clip, degrees):
    path = _turned(make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv422p"), degrees)
    with pytest.raises(RefusedPair, match=rf"yuv422p and tagged as turned by {degrees} degrees — make it upright"):
        _checked(path, path)


def test_pairs_turned_by_half_or_with_like_chroma_pass(make_clip):
    """That they are scored as the same pictures is in the tests of the metrics."""
    for pix_fmt, degrees in (("yuv420p", 90), ("yuv444p", 270), ("yuv422p", 180)):
        path = _turned(make_clip(f"{pix_fmt}.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt), degrees)
        pair = _checked(path, path)
        assert pair.reference.rotation == degrees
        assert _finding(pair, "rotation").verdict == "adapt"
        assert f"the reference by {degrees} degrees" in _finding(pair, "rotation").text


def test_an_equal_pair_passes(make_clip):
    pair = _checked(make_clip("a.mp4", frames=12), make_clip("b.mp4", "-crf", "40", frames=12))
    assert pair.reference.frames == pair.distorted.frames == 12


def test_an_enlarged_reference_is_refused_and_sent_to_viewers(make_clip, carried_clip):
    source = f"movie={carried_clip('bigbuckbunny.mp4')},scale=640:360,scale=1280:720:flags=bicubic"
    path = make_clip("big.mkv", "-c:v", "ffv1", source=source, frames=3)
    with pytest.raises(RefusedPair, match=r"itself upscaled .* --no-reference"):
        _checked(path, path)


def test_every_code_is_documented_in_the_table_of_the_page():
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text(encoding="utf-8")
    section = page.split("## The preflight gate")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
    assert rows == list(CODES)
