"""A pair's properties side by side, from headers alone: equal, handled, or a reason to refuse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qualab.errors import MediaError
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.preflight_findings import Finding
from qualab.media.probe import ClipInfo, refuse_unsupported

# H.273 code points.
_MATRICES = {0: "RGB", 1: "BT.709", 2: "unspecified", 5: "BT.470BG", 6: "BT.601", 7: "SMPTE 240M", 9: "BT.2020"}
_PRIMARIES = {1: "BT.709", 2: "unspecified", 4: "BT.470M", 5: "BT.470BG", 6: "BT.601", 7: "SMPTE 240M", 9: "BT.2020"}
_TRANSFERS = {
    **{1: "BT.709", 2: "unspecified", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 7: "SMPTE 240M", 8: "linear"},
    **{13: "sRGB", 14: "BT.2020 10 bits", 15: "BT.2020 12 bits", 16: "PQ", 18: "HLG"},
}
_LAYOUTS = {(1, 1): "4:2:0", (1, 0): "4:2:2", (0, 0): "4:4:4", (0, 1): "4:4:0"}
_RETAG = "make both with the same colour settings, or fix the wrong tags"
_CONVERT = "convert one to the other's, knowing what that does to it"


@dataclass(frozen=True)
class _Row:
    """A property that must be equal: its code, its name in the plural, how it is told of a clip, and the hint."""

    code: str
    plural: str
    tell: Callable[[ClipInfo], str]
    hint: str


def _named(names: dict[int, str], code: int) -> str:
    return names.get(code, f"code {code}")


def _bits(info: ClipInfo) -> str:
    return f"{PIXEL_FORMATS[info.pix_fmt].bits} bits"


def _chroma(info: ClipInfo) -> str:
    layout = PIXEL_FORMATS[info.pix_fmt]
    return _LAYOUTS[layout.dx, layout.dy]


_ROWS = (
    _Row(
        "size",
        "sizes",
        lambda info: f"{info.width}x{info.height}",
        "scale the distorted clip to the reference's size with a named scaler first",
    ),
    _Row("bit-depth", "bit depths", _bits, _CONVERT),
    _Row("chroma", "chroma formats", _chroma, _CONVERT),
    _Row("sar", "sample aspect ratios", lambda info: str(info.sar), "give both square samples"),
    _Row("matrix", "colour matrices", lambda info: _named(_MATRICES, info.matrix), _RETAG),
    _Row("primaries", "colour primaries", lambda info: _named(_PRIMARIES, info.primaries), _RETAG),
    _Row("transfer", "transfer characteristics", lambda info: _named(_TRANSFERS, info.transfer), _RETAG),
    _Row("range", "code value ranges", lambda info: "full" if info.full_range else "limited", _RETAG),
)


def compare_properties(reference: ClipInfo, distorted: ClipInfo) -> list[Finding]:
    """Return the findings of all codes that headers can tell; frame counts and what needs pictures are left out."""
    findings = [_equal(row, reference, distorted) for row in _ROWS]
    findings += [_rate(reference, distorted), _rotation(reference, distorted), _odd(reference)]
    findings.append(Finding("interlaced", "ok", "both are progressive"))
    refused = {finding.code: finding for finding in _unsupported(reference, distorted)}
    return [finding for finding in findings if finding.code not in refused] + list(refused.values())


def _unsupported(reference: ClipInfo, distorted: ClipInfo) -> Iterator[Finding]:
    for info, name in ((reference, "the reference"), (distorted, "the distorted clip")):
        try:
            refuse_unsupported(info, name=name)
        except MediaError as error:
            yield Finding(error.code, "refuse", f"{error.where} {error.what}", error.hint)


def _equal(row: _Row, reference: ClipInfo, distorted: ClipInfo) -> Finding:
    if row.tell in (_bits, _chroma) and not {reference.pix_fmt, distorted.pix_fmt} <= PIXEL_FORMATS.keys():
        return Finding(row.code, "ok", "not looked at: a pixel format is refused")
    left, right = row.tell(reference), row.tell(distorted)
    if left == right:
        return Finding(row.code, "ok", f"both {left}")
    return Finding(row.code, "refuse", f"{row.plural} differ: {left} and {right}", row.hint)


def _rate(reference: ClipInfo, distorted: ClipInfo) -> Finding:
    left, right = str(reference.fps), str(distorted.fps)
    if reference.fps == distorted.fps:
        return Finding("frame-rate", "ok", f"both {left} fps")
    how = f"make the distorted clip at the reference's {left} fps"
    if (distorted.fps / reference.fps).denominator == 1:
        how += f", or keep the frames that have a partner: ffmpeg -i IN -vf fps={left} -c:v ffv1 OUT.mkv"
    return Finding("frame-rate", "refuse", f"frame rates differ: {left} and {right} fps", how)


def _rotation(reference: ClipInfo, distorted: ClipInfo) -> Finding:
    turned = [
        (who, info) for who, info in (("the reference", reference), ("the distorted clip", distorted)) if info.rotation
    ]
    for who, info in turned:
        # FFmpeg turns planes one by one, as read_pictures does, but 4:2:2, which a quarter turn would make 4:4:0, it
        # takes through 4:4:4: its chroma is then not the chroma of any file.
        layout = PIXEL_FORMATS.get(info.pix_fmt)
        if layout and info.rotation % 180 and layout.dx != layout.dy:
            text = f"{who} is {info.pix_fmt} and tagged as turned by {info.rotation} degrees"
            hint = f"make it upright first, for example: ffmpeg -i IN -pix_fmt {info.pix_fmt} -c:v ffv1 OUT.mkv"
            return Finding("rotation", "refuse", text, hint)
    if not turned:
        return Finding("rotation", "ok", "neither is tagged as turned")
    rotations = " and ".join(f"{who} by {info.rotation} degrees" for who, info in turned)
    return Finding("rotation", "adapt", f"measured upright: as tagged, {rotations} counter-clockwise")


def _odd(info: ClipInfo) -> Finding:
    layout = PIXEL_FORMATS.get(info.pix_fmt)
    if not layout or (info.width % (1 << layout.dx), info.height % (1 << layout.dy)) == (0, 0):
        return Finding("odd-size", "ok", "sides are whole numbers of chroma samples")
    chroma = "x".join(str(side) for side in layout.chroma_size(info.width, info.height))
    text = f"{info.width}x{info.height} has chroma of {chroma}: the last of an odd side covers one luma sample"
    return Finding("odd-size", "adapt", f"{text}, and all are measured")
