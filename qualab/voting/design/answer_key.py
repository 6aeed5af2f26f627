"""Trials that have a right answer: hrc_b, which is the good picture of a gold pair and the asked one of a trap."""

from typing import Literal

from qualab.study.terms import GOLD, TRAINING, TRAP

_HAVE_AN_ANSWER = (TRAINING, GOLD, TRAP)


def is_expected(kind: str, left: str, choice: str) -> bool | None:
    """Say whether `choice` ("left", "right", "tie") is the right answer; None where there is none.

    `left` says whether hrc_a or hrc_b ("a", "b") was shown left.

    >>> is_expected("gold", "b", "left"), is_expected("trap", "a", "left"), is_expected("test", "a", "left")
    (True, False, None)
    """
    if kind not in _HAVE_AN_ANSWER:
        return None
    return choice == ("left" if left == "b" else "right")


def feedback(kind: str, left: str, choice: str) -> Literal["right", "wrong"] | None:
    """Return what a viewer is told after an answer: something in training only.

    >>> feedback("training", "b", "right"), feedback("gold", "b", "right")
    ('wrong', None)
    """
    if kind != TRAINING:
        return None
    return "right" if is_expected(kind, left, choice) else "wrong"
