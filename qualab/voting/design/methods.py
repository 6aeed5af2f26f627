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


FORCED_CHOICE = Method(
    id="forced-choice",
    title="Forced choice: one of the two must be preferred",
    reference="pair comparison (PC), ITU-T P.910",
    answers=("left", "right"),
)

WITH_TIE = Method(
    id="with-tie",
    title="Choice with “no preference”: left, right or neither",
    reference="pair comparison with ties; Davidson (1970), doi:10.1080/01621459.1970.10481082",
    answers=("left", "right", "tie"),
)

CCR_7 = Method(
    id="ccr-7",
    title="Comparison scale of seven steps: from much worse to much better",
    reference="comparison category rating (CCR), ITU-T P.910; ITU-R BT.500",
    answers=("left", "right", "tie"),
    scale=(-3, -2, -1, 0, 1, 2, 3),
)
