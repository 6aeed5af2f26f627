"""The pixel formats that pictures keep: 8 and 10 bits, 4:2:0, 4:2:2 and 4:4:4."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PixelFormat:
    """Bits per sample, and by how many powers of two chroma is smaller than luma across (`dx`) and down (`dy`)."""

    bits: int
    dx: int
    dy: int

    def chroma_size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of the chroma planes; of an odd side they have the larger half.

        >>> PIXEL_FORMATS["yuv420p"].chroma_size(853, 479)
        (427, 240)
        """
        return -(-width >> self.dx), -(-height >> self.dy)


PIXEL_FORMATS = {
    "yuv420p": PixelFormat(8, 1, 1),
    "yuv422p": PixelFormat(8, 1, 0),
    "yuv444p": PixelFormat(8, 0, 0),
    "yuv420p10le": PixelFormat(10, 1, 1),
    "yuv422p10le": PixelFormat(10, 1, 0),
    "yuv444p10le": PixelFormat(10, 0, 0),
    # What 4:2:2 is for a moment when it is turned by a quarter.
    "yuv440p": PixelFormat(8, 0, 1),
    "yuv440p10le": PixelFormat(10, 0, 1),
}
KEPT = tuple(name for name in PIXEL_FORMATS if "440" not in name)


def plain_name(pix_fmt: str) -> str:
    """Return the format without FFmpeg's mark for full range, which is a property of its own here.

    >>> plain_name("yuvj422p"), plain_name("yuv420p10le")
    ('yuv422p', 'yuv420p10le')
    """
    return pix_fmt.replace("yuvj", "yuv", 1)


def nearest_kept(pix_fmt: str) -> str:
    """Return the kept format that loses least of `pix_fmt`.

    >>> nearest_kept("yuva444p12le"), nearest_kept("gray"), nearest_kept("gbrp"), nearest_kept("yuv411p")
    ('yuv444p10le', 'yuv420p', 'yuv444p', 'yuv422p')
    """
    import av

    video_format = av.VideoFormat(pix_fmt)
    deep = max((component.bits for component in video_format.components), default=8) > 8
    if video_format.is_rgb or video_format.has_palette or "444" in pix_fmt:
        chroma = "444"
    elif any(layout in pix_fmt for layout in ("422", "411", "440", "yuyv", "uyvy")):
        chroma = "422"
    else:
        chroma = "420"
    return f"yuv{chroma}p10le" if deep else f"yuv{chroma}p"
