import pandas as pd

from qualab.study.csv_files import csv_text


def test_no_spreadsheet_runs_what_a_name_says():
    table = pd.DataFrame({"name": ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "plain"], "value": [-1.5] * 7})
    lines = csv_text(table).split("\n")
    assert lines[1] == "'=cmd|' /C calc'!A0,-1.5"
    assert all(line.startswith(("'", "\"'")) for line in lines[1:7])
    assert lines[7] == "plain,-1.5"
