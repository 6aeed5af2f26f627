import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.tables import csv_text, read_votes

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


def test_no_spreadsheet_runs_what_a_name_says():
    table = pd.DataFrame({"name": ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "plain"], "value": [-1.5] * 7})
    lines = csv_text(table).split("\n")
    assert lines[1] == "'=cmd|' /C calc'!A0,-1.5"
    assert all(line.startswith(("'", "\"'")) for line in lines[1:7])
    assert lines[7] == "plain,-1.5"
