import pytest

from qualab.metrics.scenes import scene_cuts


@pytest.fixture
def two(carried_clip):
    """Return FFmpeg sources of two real clips, made alike."""
    alike = "scale=320:180,setsar=1,fps=25,format=yuv420p,setpts=N/25/TB"
    first, second = carried_clip("bigbuckbunny.mp4"), carried_clip("carphone_pristine.mp4")
    return f"movie={first},{alike}", f"movie={second},{alike}"


def test_the_cut_between_two_clips_is_found_at_its_frame(make_clip, two):
    first, second = two
    source = f"{first},trim=end_frame=17[a];{second},trim=end_frame=14[b];[a][b]concat"
    assert scene_cuts(make_clip("both.mkv", "-c:v", "ffv1", source=source, frames=31)) == [0, 17]


def test_a_fade_from_one_clip_to_the_other_is_no_cut(make_clip, two):
    first, second = two
    source = f"{first}[a];{second}[b];[a][b]xfade=transition=fade:duration=1:offset=0.4"
    assert scene_cuts(make_clip("fade.mkv", "-c:v", "ffv1", source=source, frames=45)) == [0]


def test_one_clip_is_one_scene_in_ten_bits_too(make_clip, two):
    clip = make_clip("one.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv422p10le", source=two[1], frames=20)
    assert scene_cuts(clip) == [0]
