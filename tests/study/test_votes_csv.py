"""Votes made elsewhere: however they were saved, and every wrong line by its number."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualab.errors import InputError
from qualab.study.rates_csv import read_rates
from qualab.study.votes_csv import read_votes

ROWS = "anna,cups,bicubic,sr,b\nbert,cups,bicubic,sr,a\n"


def _read(tmp_path, data):
    path = tmp_path / "votes.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_votes(path)


def test_votes_from_elsewhere_are_read_however_they_were_saved(tmp_path):
    plain = _read(tmp_path, "subject,src,hrc_a,hrc_b,choice\n" + ROWS)
    head = "choice;hrc_b;hrc_a;src;subject;age"
    other = f"\ufeff{head}\r\nb;sr;bicubic;cups;anna;30\r\na;sr;bicubic;cups;bert;\r\n\r\n"
    assert _read(tmp_path, other)[list(plain.columns)].equals(plain)
    assert _read(tmp_path, ("subject,src,hrc_a,hrc_b,choice\n" + ROWS).replace(",", "\t")).equals(plain)


def test_pairs_are_turned_to_the_first_rows_order(tmp_path):
    table = _read(tmp_path, "subject,src,hrc_a,hrc_b,choice\nanna,cups,bicubic,sr,b\nbert,cups,sr,bicubic,a\n")
    assert table["hrc_a"].tolist() == ["bicubic", "bicubic"]
    assert table["choice"].tolist() == ["b", "b"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("subject,src,hrc_a,hrc_b\n", "column choice missing"),
        ("subject,src,hrc_a,hrc_b,choice\nanna,cups,a,b,left\n", "line 2: choice is 'left' — use one of a, b, tie"),
        ("subject,src,hrc_a,hrc_b,choice\nanna,cups,a,a,b\n", "line 2: hrc_a and hrc_b are both 'a'"),
        ("subject,src,hrc_a,hrc_b,choice\n,cups,a,b,b\n", "line 2: an empty subject"),
        ("subject,src,hrc_a,hrc_b,choice\nanna,cups,a,b\n", "line 2: 4 values under 5 columns"),
        ("subject,src,hrc_a,hrc_b,choice\n" + ROWS + "anna,cups,sr,bicubic,a\n", "line 4: subject 'anna' voted"),
        (",".join("x" * 1_000_000), "more than 1000 columns"),
        (b"subject\xff\xfe", "byte 7 is not UTF-8"),
        ("", "column subject, src, hrc_a, hrc_b, choice missing"),
    ],
)
def test_a_wrong_csv_is_told_with_its_line(tmp_path, data, said):
    with pytest.raises(InputError) as caught:
        _read(tmp_path, data)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500


HEAD = "subject,src,hrc_a,hrc_b,choice"


def test_quoted_and_plain_votes_read_the_same(tmp_path):
    more = (
        f"{HEAD},score,valid,kind,voted_at\nanna,cups,bicubic,sr,b,1.5,True,test,t1\nbert,cups,sr,bicubic,b,2,False,,\n"
    )
    quoted = more.replace("anna", '"anna"')
    plain, one_by_one = _read(tmp_path, more), _read(tmp_path, quoted)
    pd.testing.assert_frame_equal(plain, one_by_one)
    assert plain["choice"].tolist() == ["b", "a"]
    # Turned with its pair: above 0 is for hrc_b.
    assert plain["score"].tolist() == [1.5, -2.0]
    assert plain["valid"].tolist() == [True, False]
    assert plain["kind"].tolist() == ["test", "test"]


def test_checks_of_viewers_may_repeat_a_pair_or_show_one_picture_twice(tmp_path):
    rows = "anna,cups,bicubic,sr,b,test\nanna,cups,bicubic,sr,b,repeat\nanna,cups,sr,sr,a,identical\n"
    table = _read(tmp_path, f"{HEAD},kind\n{rows}")
    assert table["kind"].tolist() == ["test", "repeat", "identical"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("score", "much", "line 2: score is 'much' — give a number"),
        ("score", "nan", "line 2: score is 'nan' — give a number"),
        ("response_ms", "1_000", "line 2: response_ms is '1_000' — give a number"),
        ("valid", "yes", "line 2: valid is 'yes' — write True or False"),
        ("simulated", "2", "line 2: simulated is '2' — write True or False"),
    ],
)
def test_a_wrong_value_of_a_further_column_is_told_with_its_line(tmp_path, column, value, said):
    with pytest.raises(InputError) as caught:
        _read(tmp_path, f"{HEAD},{column}\nanna,cups,bicubic,sr,b,{value}\n")
    assert said in str(caught.value)


def test_columns_that_nobody_asks_for_may_hold_anything(tmp_path):
    table = _read(tmp_path, f"{HEAD},age,note\nanna,cups,bicubic,sr,b,x,1_000\n")
    assert list(table.columns) == HEAD.split(",")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_counted_as_an_editor_counts_it(tmp_path, end):
    lines = [f"{HEAD},note", 'anna,cups,bicubic,sr,b,"two', 'lines"', "", " , , , , , ", '"bert",cups,bicubic,sr,c,x']
    with pytest.raises(InputError, match="line 6: choice is 'c'"):
        _read(tmp_path, end.join(lines))


def test_the_first_wrong_line_is_told_whatever_is_wrong_with_later_ones(tmp_path):
    rows = ["anna,cups,bicubic,sr,b,1", "bert,cups,bicubic,sr,b,much", ",cups,bicubic,sr,left,2"]
    with pytest.raises(InputError, match="line 3: score is 'much'"):
        _read(tmp_path, "\n".join([f"{HEAD},score", *rows]))


def test_a_repeated_vote_is_told_with_both_lines(tmp_path):
    rows = ['anna,"a\nb",bicubic,sr,b', "bert,cups,bicubic,sr,b", "", 'anna,"a\nb",sr,bicubic,b']
    with pytest.raises(InputError, match=r"line 6: subject 'anna' voted on this pair of .* in line 2 already"):
        _read(tmp_path, "\n".join([HEAD, *rows]))


def test_a_line_without_a_vote_but_with_a_note_is_no_blank_one(tmp_path):
    with pytest.raises(InputError, match="line 2: an empty subject"):
        _read(tmp_path, f"{HEAD},note\n,,,,,who was this?\n")


def test_a_quote_that_never_ends_is_told(tmp_path):
    with pytest.raises(InputError, match=r"line 2: .* fix the quoting|line 2: .* values under 5 columns"):
        _read(tmp_path, f'{HEAD}\nanna,cups,bicubic,sr,"b\n' + ROWS * 10_000)


_NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), min_size=1).map(str.strip)


@given(st.lists(_NAMES.filter(bool), min_size=1, max_size=20, unique=True), st.sampled_from(",;\t"))
def test_any_name_that_python_writes_is_read_back(names, separator):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(["family", "label", "bitrate_kbps", "quality"])
    writer.writerows([[family, name, "800.5", "90"] for name in names for family in ("a", "b")])
    points = read_rates(("rates.csv", out.getvalue().encode()))
    assert points["label"].tolist() == [name for name in names for _ in "ab"]
    assert points["src"].isna().all()
