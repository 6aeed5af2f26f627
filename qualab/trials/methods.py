"""What a viewer is asked about one pair."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A way of asking. `answers` are what a viewer may choose, as the player sends them."""

    id: str
    title: str
    reference: str
    answers: tuple[str, ...]


FORCED_CHOICE = Method(
    id="forced-choice",
    title="Forced choice: one of the two must be preferred",
    reference="pair comparison (PC), ITU-T P.910",
    answers=("left", "right"),
)
