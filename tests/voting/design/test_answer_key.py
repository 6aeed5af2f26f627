"""Right answers: hrc_b of gold, training and trap pairs; feedback in training alone."""

import pytest

from qualab.study.terms import TRIAL_KINDS
from qualab.voting.design.answer_key import feedback, is_expected


@pytest.mark.parametrize("kind", ["training", "gold", "trap"])
@pytest.mark.parametrize(("left", "right_answer"), [("b", "left"), ("a", "right")])
def test_hrc_b_is_right_on_whichever_side_and_a_tie_never_is(kind: str, left: str, right_answer: str) -> None:
    answers = {choice: is_expected(kind, left, choice) for choice in ("left", "right", "tie")}
    assert answers == {"left": False, "right": False, "tie": False} | {right_answer: True}


@pytest.mark.parametrize("kind", ["test", "repeat", "identical"])
def test_other_kinds_have_no_right_answer(kind: str) -> None:
    assert is_expected(kind, "a", "left") is None


def test_only_training_tells() -> None:
    assert feedback("training", "a", "right") == "right"
    assert feedback("training", "a", "tie") == "wrong"
    assert {feedback(kind, "a", "right") for kind in TRIAL_KINDS if kind != "training"} == {None}
