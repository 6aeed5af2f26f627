"""The look of charts: contrast, inert text, watermark."""

import plotly.graph_objects as go
import pytest

from qualab.charts.theme import (
    BASELINE_COLOUR,
    COLOURS,
    empty_chart,
    inert,
    label,
    one_text,
    styles,
    themed,
    watermark,
    without_long_legend,
)

LIGHT, DARK = "#ffffff", "#14171a"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [BASELINE_COLOUR, *COLOURS])
def test_every_colour_has_the_contrast_wcag_asks_of_graphics_on_light_and_on_dark(colour: str) -> None:
    assert contrast(colour, LIGHT) >= 3
    assert contrast(colour, DARK) >= 3


def test_hrcs_that_share_a_colour_differ_in_mark_and_dash() -> None:
    found = styles([f"hrc-{number}" for number in range(48)])
    assert len({(style.colour, style.symbol) for style in found.values()}) == 48
    assert len({(style.colour, style.dash) for style in found.values()}) == 48


def test_the_first_hrc_is_the_grey_baseline_and_the_others_are_not_grey() -> None:
    found = styles(["bicubic", "espcn-x2", "lanczos"])
    assert found["bicubic"].colour == BASELINE_COLOUR
    assert BASELINE_COLOUR not in {found["espcn-x2"].colour, found["lanczos"].colour}


@pytest.mark.parametrize("text", ["<b>bold</b>", "<a href='javascript:alert(1)'>x</a>", "<br>", "&lt;i&gt;", "<sub>"])
def test_inert_text_holds_no_tag_and_no_entity_of_its_own(text: str) -> None:
    shown = inert(text)
    assert "<" not in shown
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_labels_have_at_most_two_lines_and_stay_inert() -> None:
    shown = label("<script>alert(1)</script> and a title that goes on and on and on, far beyond any chart's margin")
    assert shown.count("<br>") == 1
    assert "<" not in shown.replace("<br>", "")
    assert shown.endswith("…")


def test_direction_and_control_characters_are_shown_instead_of_obeyed_and_joiners_stay() -> None:
    assert one_text("a\u202eb\x00c\ud800d\ne") == "a\\u202eb\\x00c\\ud800d\\ne"
    assert one_text("می\u200cخواهم") == "می\u200cخواهم"


def test_charts_are_transparent_and_leave_inks_to_the_template() -> None:
    figure = themed(go.Figure(), height=200)
    layout = figure.layout.template.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None


def test_a_watermark_marks_a_copy_and_names_itself() -> None:
    figure = themed(go.Figure(), height=300)
    marked = watermark(figure, "SIMULATED <b>")
    assert [note.name for note in marked.layout.annotations] == ["watermark"]
    assert "SIMULATED &lt;b&gt;" in marked.layout.annotations[0].text
    assert not figure.layout.annotations


def test_an_empty_chart_says_why() -> None:
    assert empty_chart("No votes yet").layout.annotations[0].text == "No votes yet"


def test_a_legend_longer_than_it_helps_is_left_out() -> None:
    few, many = (go.Figure([go.Scatter(x=[1], y=[1], name=str(n)) for n in range(count)]) for count in (16, 17))
    assert without_long_legend(few).layout.showlegend is None
    assert without_long_legend(many).layout.showlegend is False
