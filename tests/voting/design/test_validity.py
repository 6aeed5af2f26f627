"""What makes a showing count: the rules, at their edges."""

import pytest

from qualab.study.protocol import Rules
from qualab.voting.design.validity import broken_rule

FINE = {"frames_total": 100, "frames_dropped": 0, "focus_losses": 0, "rescaled": False}
FINE |= {"viewport_width": 1280, "viewport_height": 720}


@pytest.mark.parametrize(
    ("told", "rules", "said"),
    [
        ({}, {}, None),
        ({"frames_dropped": 2}, {}, None),
        ({"frames_dropped": 3}, {}, "dropped"),
        ({"frames_dropped": 3}, {"max_dropped_percent": 3.0}, None),
        ({"frames_dropped": 1}, {"max_dropped_percent": 0.0}, "dropped"),
        ({"frames_total": 0, "frames_dropped": 5}, {}, "dropped"),
        ({"frames_total": 0}, {"max_dropped_percent": 0.0}, None),
        ({"focus_losses": 1}, {}, "focus"),
        ({"focus_losses": 1}, {"max_focus_losses": 1}, None),
        ({"rescaled": True}, {}, "rescaled"),
        ({"rescaled": True}, {"allow_rescaling": True}, None),
        ({}, {"min_width": 1280, "min_height": 720}, None),
        ({}, {"min_width": 1281}, "small"),
        ({}, {"min_height": 721}, "small"),
        ({"rescaled": True, "focus_losses": 3, "frames_dropped": 50}, {}, "rescaled"),
    ],
)
def test_a_broken_rule_is_named(told: dict[str, object], rules: dict[str, object], said: str | None) -> None:
    assert broken_rule(FINE | told, Rules.model_validate(rules)) == said


@pytest.mark.parametrize("value", [None, "many", float("nan"), float("inf"), [], True])
def test_what_is_no_number_breaks_no_rule(value: object) -> None:
    assert broken_rule(dict.fromkeys(FINE, value) | {"rescaled": "yes"}, Rules(min_width=1)) is None


def test_nothing_measured_breaks_no_rule() -> None:
    assert broken_rule({}, Rules(min_width=500)) is None
