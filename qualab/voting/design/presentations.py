"""How a pair is put before a viewer, and the keys that answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_PLAYER_RECORDS = (
    "shown",
    "plays",
    "replays",
    "switches",
    "frames_total",
    "frames_dropped",
    "stalls",
    "stall_ms",
    "focus_losses",
    "full_screen",
    "rescaled",
    "cropped",
    "zoom",
    "dpr",
    "viewport_width",
    "viewport_height",
    "screen_width",
    "screen_height",
    "refresh_hz",
    "ready_ms",
    "play_ms",
    "sync_ms",
)
_PLAYBACK_KEYS = {"r": "replay", "f": "full", "+": "zoom", "-": "zoom", "0": "zoom"}
ANSWER_KEYS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "forced-choice": MappingProxyType({"ArrowLeft": "left", "ArrowRight": "right"}),
        "with-tie": MappingProxyType({"ArrowLeft": "left", "ArrowDown": "tie", "ArrowRight": "right"}),
        "ccr-7": MappingProxyType({str(step): "scale" for step in range(1, 8)}),
    }
)


@dataclass(frozen=True)
class Presentation:
    """A way of showing. `layout` is the player's layout, `keys` what its keys do, `records` its telemetry fields.

    What viewers are told stands in the catalogue of strings: `show.<id>` and `does.<what a key does>`.
    """

    id: str
    title: str
    layout: str
    keys: Mapping[str, str]
    records: tuple[str, ...] = _PLAYER_RECORDS


SIDE_BY_SIDE = Presentation(
    id="side-by-side",
    title="Side by side, both playing at once",
    layout="side-by-side",
    keys=MappingProxyType({" ": "pause", "p": "pause", **_PLAYBACK_KEYS}),
)

TOGGLE = Presentation(
    id="toggle",
    title="One at a time, switched by the viewer",
    layout="toggle",
    keys=MappingProxyType({" ": "hold", "t": "switch", "p": "pause", **_PLAYBACK_KEYS}),
)

WIPE = Presentation(
    id="wipe",
    title="One picture with a line between both versions, moved by the viewer",
    layout="wipe",
    keys=MappingProxyType({",": "line", ".": "line", " ": "pause", "p": "pause", **_PLAYBACK_KEYS}),
)

SEQUENTIAL = Presentation(
    id="sequential",
    title="One after the other, with grey in between",
    layout="sequential",
    keys=MappingProxyType({" ": "pause", "p": "pause", **_PLAYBACK_KEYS}),
)
