import pytest

from qualab.errors import RefusedPair
from qualab.media.preflight import check_pair


@pytest.mark.parametrize(
    ("arguments", "frames", "reason"),
    [
        ((), 11, "frame counts differ: 12 and 11"),
        (("-vf", "scale=320:178"), 12, "sizes differ: 320x180 and 320x178"),
        (("-r", "30"), 12, "frame rates differ: 25 and 30"),
        (("-vf", "setsar=4/3"), 12, "sample aspect ratios differ: 1 and 4/3"),
        (("-colorspace", "bt709"), 12, "colour matrices differ: unspecified and BT.709"),
        (("-vf", "setparams=color_primaries=bt709"), 12, "colour primaries or transfers differ"),
        (("-color_range", "pc"), 12, "code value ranges differ: limited and full"),
    ],
)
def test_pairs_that_must_not_be_compared_are_refused_by_name(make_clip, arguments, frames, reason):
    reference = make_clip("reference.mp4", frames=12)
    with pytest.raises(RefusedPair) as caught:
        check_pair(reference, make_clip("other.mp4", *arguments, frames=frames))
    assert reason in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_equal_pair_passes(make_clip):
    pair = check_pair(make_clip("a.mp4", frames=12), make_clip("b.mp4", "-crf", "40", frames=12))
    assert pair.reference.frames == pair.distorted.frames == 12


def test_an_enlarged_reference_is_refused_and_sent_to_viewers(make_clip, carried_clip):
    source = f"movie={carried_clip('bigbuckbunny.mp4')},scale=640:360,scale=1280:720:flags=bicubic"
    path = make_clip("big.mkv", "-c:v", "ffv1", source=source, frames=3)
    with pytest.raises(RefusedPair, match=r"itself upscaled .* --no-reference"):
        check_pair(path, path)
