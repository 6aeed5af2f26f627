"""How a pair is put before a viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_PLAYER_RECORDS = (
    "shown",
    "plays",
    "switches",
    "frames_total",
    "frames_dropped",
    "focus_losses",
    "rescaled",
    "cropped",
    "dpr",
    "viewport_width",
    "viewport_height",
    "screen_width",
    "screen_height",
)
_ANSWER_KEYS = {"ArrowLeft": "left", "ArrowRight": "right"}
_PLAYBACK_KEYS = {"p": "pause", "r": "from the start", "f": "full screen"}


@dataclass(frozen=True)
class Presentation:
    """A way of showing. `layout` is the player's layout, `keys` what its keys do, `records` its telemetry fields.

    The instructions are for viewers: they call the two pictures A (left) and B (right) and name nothing else.
    """

    id: str
    title: str
    instructions: str
    layout: str
    keys: Mapping[str, str]
    records: tuple[str, ...]


SIDE_BY_SIDE = Presentation(
    id="side-by-side",
    title="Side by side, both playing at once",
    instructions=(
        "You will see the same video twice, A on the left and B on the right, playing together. "
        "Watch until it has played once, then say which one looks better. "
        "If they look alike to you, choose the one you would rather watch."
    ),
    layout="side-by-side",
    keys=MappingProxyType({**_ANSWER_KEYS, " ": "pause", **_PLAYBACK_KEYS}),
    records=_PLAYER_RECORDS,
)

TOGGLE = Presentation(
    id="toggle",
    title="One at a time, switched by the viewer",
    instructions=(
        "You will see one video in two versions, A and B, in the same place. "
        "Switch between them as often as you like while it plays; see both before you answer, "
        "then say which one looks better. If they look alike to you, choose the one you would rather watch."
    ),
    layout="toggle",
    keys=MappingProxyType({**_ANSWER_KEYS, " ": "other version while held", "t": "switch", **_PLAYBACK_KEYS}),
    records=_PLAYER_RECORDS,
)
