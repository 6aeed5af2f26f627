import av
import pytest

from qualab.media.slice_checks import SliceChecks


def _packets(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _flipped(packet):
    return packet[:40] + bytes([packet[40] ^ 1]) + packet[41:]


@pytest.mark.parametrize("options", [("-level", "3"), ("-level", "3", "-coder", "0", "-slices", "9"), ("-g", "1")])
def test_frames_as_ffmpeg_writes_them_are_whole(make_clip, options):
    checks = SliceChecks()
    packets = _packets(make_clip("clip.mkv", "-c:v", "ffv1", "-slicecrc", "1", *options))
    assert [checks.damaged(packet) for packet in packets] == [None] * 6


@pytest.mark.parametrize("hurt", [0, 3, 5])
def test_one_flipped_bit_is_told_with_its_frame(make_clip, hurt):
    """In the first frame it is told at the second, when it is known that the clip has checksums."""
    packets = _packets(make_clip("clip.mkv", "-c:v", "ffv1", "-level", "3", "-slicecrc", "1"))
    packets[hurt] = _flipped(packets[hurt])
    checks = SliceChecks()
    told = [checks.damaged(packet) for packet in packets]
    assert next(number for number, found in enumerate(told) if found is not None) == max(hurt, 1)
    assert told[-1] == hurt


@pytest.mark.parametrize("options", [("-level", "1"), ("-level", "3", "-slicecrc", "0")])
def test_clips_without_checksums_are_taken_as_they_are(make_clip, options):
    checks = SliceChecks()
    packets = _packets(make_clip("clip.mkv", "-c:v", "ffv1", *options))
    assert [checks.damaged(_flipped(packet)) for packet in packets] == [None] * 6
