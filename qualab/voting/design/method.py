"""What a viewer is asked about one pair."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A way of asking. `answers` are what a viewer may choose, as the player sends them.

    `scale` are the scores of a method that asks for one, from "left is much better" to "right is much better"; then
    the choice follows from the score's sign. The player has a string `scale.SCORE` for each.
    """

    id: str
    title: str
    reference: str
    answers: tuple[str, ...]
    scale: tuple[int, ...] = ()
