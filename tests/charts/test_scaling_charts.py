"""Charts of the scale of HRCs: order, intervals, and what was not measured."""

from qualab.charts.scaling import scale_chart
from qualab.charts.theme import styles
from qualab.stats.result import Result, Scaled

# Thurstone's textbook column: 25% and 75% make steps of one JOD.
SCALED = (
    Scaled("bicubic", -1.1, 0.2, (-1.5, -0.7), -1.0, (-1.4, -0.6)),
    Scaled("<b>sr</b>", 1.1, 0.3, (0.5, 1.7), 1.0, (0.5, 1.5), is_penalised=True),
    Scaled("lanczos", 0.0, 0.1, (-0.2, 0.2), 0.0, (-0.2, 0.2)),
)


def scaled(scale: tuple[Scaled, ...] = SCALED) -> Result:
    counts = {"n_a": 50, "n_b": 50, "n_tie": 0}
    return Result("bradley_terry", "E1", None, None, None, None, None, 100, 10, 5, "", counts, scale=scale)


def test_the_most_preferred_hrc_is_on_top_with_its_interval_in_the_unit_asked_for() -> None:
    for unit, values, ends in (("jod", [1, 0, -1], (0.5, 1.5)), ("logit", [1.1, 0, -1.1], (0.5, 1.7))):
        figure = scale_chart(scaled(), unit=unit)
        assert [trace.x[0] for trace in figure.data] == values
        top = figure.data[0]
        assert abs(top.x[0] - top.error_x.arrayminus[0] - ends[0]) < 1e-12
        assert abs(top.x[0] + top.error_x.array[0] - ends[1]) < 1e-12


def test_an_hrc_held_back_by_a_penalty_has_an_open_mark_and_says_so() -> None:
    marks = {trace.y[0]: trace for trace in scale_chart(scaled()).data}
    assert [marks[row].marker.symbol.endswith("-open") for row in range(3)] == [True, False, False]
    assert "never won or never lost" in marks[0].text[0]


def test_hrcs_keep_their_colours_and_their_names_are_inert() -> None:
    hrcs = ["bicubic", "lanczos", "<b>sr</b>"]
    figure = scale_chart(scaled(), hrcs=hrcs)
    assert [trace.marker.color for trace in figure.data] == [
        styles(hrcs)[hrc].colour for hrc in ("<b>sr</b>", "lanczos", "bicubic")
    ]
    assert "&lt;b&gt;sr" in figure.layout.yaxis.ticktext[0]


def test_without_a_scale_the_chart_says_what_makes_one() -> None:
    assert "three or more HRCs" in scale_chart(scaled(())).layout.annotations[0].text
