"""What the preflight gate says of a pair: one finding a code, always all of them."""

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["ok", "adapt", "refuse"]

# Every code that a finding can have, in the order in which they are told, and what is looked at.
CODES = {
    "size": "width and height of upright pictures",
    "frame-rate": "the frame rate, which must be constant",
    "frame-count": "how many frames there are",
    "offset": "by how many frames the distorted clip is late",
    "dropped-frames": "frames of the reference that the distorted clip leaves out",
    "duplicated-frames": "frames that stand still in the distorted clip where the reference moves",
    "bit-depth": "bits per sample",
    "chroma": "chroma subsampling",
    "sar": "the shape of samples",
    "matrix": "the colour matrix",
    "primaries": "the colour primaries",
    "transfer": "the transfer characteristic; HDR",
    "range": "limited or full code value range",
    "rotation": "the tag by which players turn the picture",
    "interlaced": "fields instead of pictures",
    "odd-size": "odd sides under subsampled chroma",
    "upscaled-reference": "a reference without detail of its own",
}


@dataclass(frozen=True)
class Finding:
    """One look at a pair: `text` says what was seen, `hint` what to do ("" where nothing is to be done).

    `verdict` is `ok`, `adapt` (a difference that is handled, as the text says) or `refuse`.
    """

    code: str
    verdict: Verdict
    text: str
    hint: str = ""

    def record(self) -> dict[str, str]:
        """Return it as a dictionary, for JSON."""
        return {key: str(value) for key, value in asdict(self).items()}
