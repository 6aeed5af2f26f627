from qualab.charts.votes import votes_against_plan

PAIRS = [
    {"src": "cups", "hrc_a": "bicubic", "hrc_b": "<b>sr</b>", "votes": 3, "planned": 12},
    {"src": "fox", "hrc_a": "bicubic", "hrc_b": "lanczos", "votes": 12, "planned": 12},
]


def test_every_pair_has_its_votes_over_its_plan_and_the_numbers_as_text():
    planned, votes, numbers = votes_against_plan(PAIRS).data
    assert (list(votes.x), list(planned.x)) == ([3, 12], [12, 12])
    assert [text.strip() for text in numbers.text] == ["3 of 12", "12 of 12"]


def test_more_votes_than_planned_stay_in_the_picture():
    figure = votes_against_plan([{**PAIRS[0], "votes": 40}])
    assert figure.layout.xaxis.range[1] > 40


def test_names_are_text():
    figure = votes_against_plan(PAIRS, titles={"cups": "<script>x</script>"})
    assert "<script>" not in figure.to_json()
    assert "<b>sr" not in figure.to_json()


def test_no_pair_is_said():
    assert "No pair" in votes_against_plan([]).layout.annotations[0].text
