"""Charts of a plan: power and worth against viewers, as the planner has them."""

import pytest

from qualab.charts.power import CURVE_COLUMNS, curves, power_curves, worth_curves
from qualab.stats.power.sample_size import effective_n, exact_power

RHO = {"rho_subject": 0.05, "rho_clip": 0.1}


def test_every_curve_holds_what_viewers_on_its_clips_are_worth_and_find():
    table = curves(0.65, (12, 40), 60, **RHO)
    assert tuple(table.columns) == CURVE_COLUMNS
    row = table[(table["clips"] == 12) & (table["viewers"] == 24)].iloc[0]
    assert row["n_effective"] == pytest.approx(74.805, abs=5e-4)
    # The least power of 74 votes and of every greater number: the saw of the exact test, from below.
    assert row["power"] == pytest.approx(min(exact_power(0.65, n) for n in range(74, 200)))
    assert table.groupby("clips")["power"].apply(lambda powers: powers.is_monotonic_increasing).all()


def test_lines_end_below_their_dotted_bound_and_the_need_is_drawn():
    table = curves(0.65, (12, 40), 500, **RHO)
    figure = worth_curves(table, needed=97, rho_clip=0.1, viewers=24)
    bounds = [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1]
    assert bounds == pytest.approx([120, 400, 97])
    assert [line.name for line in figure.data] == ["12 clips", "40 clips"]
    assert max(figure.data[0].y) == pytest.approx(effective_n(500, 12, 0.05, 0.1))
    assert max(figure.data[0].y) < 120
    assert [note.text for note in figure.layout.annotations] == ["97 needed"]
    assert any(shape.x0 == shape.x1 == 24 for shape in figure.layout.shapes)


def test_power_has_its_target_dotted_and_one_clip_is_one():
    figure = power_curves(curves(0.8, (1,), 30, rho_subject=0.0, rho_clip=0.0), target=0.9)
    assert [line.name for line in figure.data] == ["1 clip"]
    assert figure.layout.shapes[0].y0 == 0.9
    # Nothing is alike: 30 votes of one clip are 30 votes.
    assert figure.data[0].y[-1] == pytest.approx(min(exact_power(0.8, n) for n in range(30, 200)))


def test_without_correlation_on_a_clip_there_is_no_bound():
    table = curves(0.65, (12,), 30, rho_subject=0.05, rho_clip=0.0)
    assert len(worth_curves(table, needed=97, rho_clip=0.0).layout.shapes) == 1
