"""What every method keeps to, whichever row of the table it is."""

import pytest

from qualab.study import families
from qualab.study.protocol import LANGUAGES
from qualab.voting.design import METHODS
from qualab.voting.design.method import LEFT, Method

SIGNS = {"left": -1, "tie": 0, "right": 1}


@pytest.fixture(params=METHODS.values(), ids=list(METHODS))
def method(request: pytest.FixtureRequest) -> Method:
    return request.param


def test_the_table_names_each_method_by_its_id() -> None:
    assert list(METHODS) == list(families.METHODS)
    assert all(name == method.id for name, method in METHODS.items())


def test_each_answer_has_keys_that_no_other_has(method: Method) -> None:
    keys = [key for answer in method.answers for key in (answer.key, *answer.aliases)]
    assert len(set(keys)) == len(keys)
    assert {"left", "right"} <= method.choices


def test_a_score_has_the_sign_of_its_choice_and_all_answers_have_one_or_none(method: Method) -> None:
    scores = [answer.score for answer in method.answers]
    assert (None in scores) == (set(scores) == {None})
    for answer in method.answers:
        assert answer.score is None or -3 <= answer.score <= 3
        assert answer.score is None or (answer.score > 0) - (answer.score < 0) == SIGNS[answer.choice]


def test_each_answer_fits_its_method_and_others_do_not(method: Method) -> None:
    assert {method.misfit(answer.choice, answer.score) for answer in method.answers} == {""}
    assert method.misfit("both", None) == "choice"
    assert method.misfit("left", 3) == "score"


def test_each_language_has_the_same_texts(method: Method) -> None:
    assert list(method.texts) == list(LANGUAGES)
    assert {f"ask.{method.id}", f"keys.{method.id}"} <= set(method.texts["en"])
    assert {frozenset(texts) for texts in method.texts.values()} == {frozenset(method.texts["en"])}


def test_what_a_row_names_is_checked() -> None:
    with pytest.raises(TypeError, match="is a Answer, not a Method"):
        families.resolve("qualab.voting.design.method:LEFT", Method)
    assert families.resolve("qualab.voting.design.method:LEFT", type(LEFT)) is LEFT
