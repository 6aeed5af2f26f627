"""The table of presentations: ways of showing a pair, each with a layout of the player, and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PLAYBACK_KEYS = {"p": "pause", "r": "replay", "f": "full", "+": "zoom", "-": "zoom", "0": "zoom"}


@dataclass(frozen=True)
class Presentation:
    """A way of showing a pair, drawn by the player's layout `ui/player/layouts/<id>.js`.

    `answerable` says when a trial can be answered. `keys` are the layout's own, beside PLAYBACK_KEYS: the text
    `does.<value>` says what a key does. One showing takes `duration_factor` times the clip. `required_keys` are those
    that simulated viewers press, where watching is not enough to answer. `texts` are what viewers read, by language:
    `show.<id>`, `hint.<id>`, `hint.<id>.touch`, and what only this layout says.
    """

    id: str
    title: str
    answerable: str
    keys: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    duration_factor: int = 1
    required_keys: tuple[str, ...] = ()


PRESENTATIONS: Mapping[str, Presentation] = MappingProxyType(
    {
        row.id: row
        for row in (
            Presentation(
                id="side-by-side",
                title="Side by side, both playing at once",
                answerable="the pair has played to the end",
                keys={" ": "pause"},
                texts={
                    "en": {
                        "show.side-by-side": (
                            "You will see the same video twice, A on the left and B on the right, playing together. "
                            "Watch until it has played once, then answer."
                        ),
                        "hint.side-by-side": "Space pauses.",
                        "hint.side-by-side.touch": "Tap your answer.",
                    },
                    "de": {
                        "show.side-by-side": (
                            "Sie sehen dasselbe Video zweimal zugleich, A links und B rechts. Schauen Sie, bis es "
                            "einmal gelaufen ist, und antworten Sie dann."
                        ),
                        "hint.side-by-side": "Die Leertaste hält an.",
                        "hint.side-by-side.touch": "Tippen Sie auf Ihre Antwort.",
                    },
                },
            ),
            Presentation(
                id="toggle",
                title="One at a time, switched by the viewer",
                answerable="it has played, and B was shown",
                keys={" ": "hold", "t": "switch"},
                required_keys=("t", "t"),
                texts={
                    "en": {
                        "show.toggle": (
                            "You will see one video in two versions, A and B, in the same place. Switch between them "
                            "as often as you like while it plays; see both before you answer."
                        ),
                        "hint.toggle": "Hold Space, or press T, to switch.",
                        "hint.toggle.touch": "Tap the picture to switch.",
                        "missing.switch": "Switch to B once before you answer.",
                        "control.show-a": "Show A",
                        "control.show-b": "Show B",
                        "does.hold": "other version while held",
                        "does.switch": "switch",
                    },
                    "de": {
                        "show.toggle": (
                            "Sie sehen ein Video in zwei Fassungen, A und B, an derselben Stelle. Wechseln Sie "
                            "zwischen ihnen, sooft Sie möchten; sehen Sie beide, bevor Sie antworten."
                        ),
                        "hint.toggle": "Zum Wechseln die Leertaste halten oder T drücken.",
                        "hint.toggle.touch": "Tippen Sie zum Wechseln auf das Bild.",
                        "missing.switch": "Wechseln Sie vor der Antwort einmal zu B.",
                        "control.show-a": "A zeigen",
                        "control.show-b": "B zeigen",
                        "does.hold": "andere Fassung, solange gehalten",
                        "does.switch": "wechseln",
                    },
                },
            ),
            Presentation(
                id="wipe",
                title="One picture with a line between both versions, moved by the viewer",
                answerable="it has played, and the line was moved",
                keys={",": "line", ".": "line", " ": "pause"},
                required_keys=(".", ","),
                texts={
                    "en": {
                        "show.wipe": (
                            "You will see one video in two versions: A left of a line, B right of it. Move the line "
                            "as often as you like while it plays, then answer."
                        ),
                        "hint.wipe": "Drag the line, or press , and .",
                        "hint.wipe.touch": "Drag the line to compare.",
                        "missing.wipe": "Move the line once before you answer.",
                        "divider": "Line between A and B",
                        "does.line": "move the line",
                    },
                    "de": {
                        "show.wipe": (
                            "Sie sehen ein Video in zwei Fassungen: A links von einer Linie, B rechts davon. Bewegen "
                            "Sie die Linie, sooft Sie möchten, und antworten Sie dann."
                        ),
                        "hint.wipe": "Ziehen Sie die Linie oder drücken Sie , und .",
                        "hint.wipe.touch": "Ziehen Sie die Linie, um zu vergleichen.",
                        "missing.wipe": "Bewegen Sie vor der Antwort einmal die Linie.",
                        "divider": "Linie zwischen A und B",
                        "does.line": "Linie bewegen",
                    },
                },
            ),
            Presentation(
                id="sequential",
                title="One after the other, with grey in between",
                answerable="both have played",
                keys={" ": "pause"},
                duration_factor=2,
                texts={
                    "en": {
                        "show.sequential": (
                            "You will see a video and then, after a moment of grey, the same video again: first A, "
                            "then B. Watch both, again if you like, then answer."
                        ),
                        "hint.sequential": "Press R to see both again.",
                        "hint.sequential.touch": "“From the start” shows both again.",
                        "missing.both": "You can answer once A and then B have played to the end.",
                    },
                    "de": {
                        "show.sequential": (
                            "Sie sehen ein Video und nach einem Augenblick Grau dasselbe Video noch einmal: zuerst A, "
                            "dann B. Sehen Sie beide, gern mehrmals, und antworten Sie dann."
                        ),
                        "hint.sequential": "R zeigt beide noch einmal.",
                        "hint.sequential.touch": "„Von vorn“ zeigt beide noch einmal.",
                        "missing.both": "Sie können antworten, sobald A und danach B bis zum Ende gelaufen sind.",
                    },
                },
            ),
        )
    }
)
