"""Votes made elsewhere: however they were saved, and every wrong line by its number."""

import pandas as pd
import pytest

from qualab.errors import InputError
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


def test_all_at_once_and_line_by_line_read_the_same(tmp_path):
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
