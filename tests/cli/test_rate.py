"""`qualab rate`: what it prints of a study and of CSVs from elsewhere, good and bad."""

import json
from pathlib import Path
from typing import Any

import pytest

from qualab.cli.main import _app, _outcome, _placed
from qualab.study.workspace import Workspace

HEAD = "family,label,bitrate_kbps,quality\n"
ANCHOR = "a,720p,9487.76,40.037\na,720p,4593.60,38.615\na,720p,2486.44,36.845\na,720p,1358.24,34.851\n"
TEST = "b,720p,9787.80,40.121\nb,720p,4469.00,38.651\nb,720p,2451.52,36.970\nb,720p,1356.24,34.987\n"


@pytest.fixture
def rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that rates a CSV's text, or a study by id, and gives exit code, error and output."""

    def run(source: str | bytes, *options: str, is_study: bool = False) -> tuple[int, str, str]:
        path = tmp_path / "points.csv"
        if not is_study:
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        words = ["rate", str(source) if is_study else str(path), *options]
        code, said = _outcome(lambda: _app()(_placed(words), standalone_mode=False))
        return code, said, capsys.readouterr().out

    return run


def records(out: str, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in out.splitlines()]
    return [record for record in found if record["type"] == kind]


def test_a_csv_of_the_published_curves_gives_the_published_answer(rate: Any) -> None:
    code, said, out = rate(HEAD + ANCHOR + TEST, "--json")
    assert (code, said) == (0, "")
    (bd,) = records(out, "bd")
    assert (bd["anchor"], bd["test"], bd["src"], bd["note"]) == ("a", "b", None, "")
    assert bd["bd_rate_percent"] == pytest.approx(-4.4174854, abs=5e-8)
    assert bd["bd_quality"] == pytest.approx(0.1196928, abs=5e-8)
    assert [hull["family"] for hull in records(out, "hull")] == ["a", "b"]
    assert records(out, "hull")[0]["points"][0] == [1358.24, 34.851, "720p"]


@pytest.mark.parametrize(("method", "answer"), [("akima", -4.4252452), ("cubic", -4.4204627)])
def test_the_interpolation_can_be_chosen(rate: Any, method: str, answer: float) -> None:
    _, _, out = rate(HEAD + ANCHOR + TEST, "--json", "--method", method)
    assert records(out, "bd")[0]["bd_rate_percent"] == pytest.approx(answer, abs=5e-8)


def test_a_csv_is_read_however_it_was_saved(rate: Any) -> None:
    plain = rate(HEAD + ANCHOR + TEST, "--json")[2]
    assert rate("\ufeff" + (HEAD + ANCHOR + TEST).replace(",", ";").replace("\n", "\r\n"), "--json")[2] == plain
    assert rate((HEAD + ANCHOR + TEST).replace(",", "\t"), "--json")[2] == plain
    lines = [line.split(",") for line in (HEAD + ANCHOR + TEST).splitlines()]
    turned = "\n".join(",".join([row[3], row[0], "x", row[2], row[1]]) for row in lines)
    assert rate(turned, "--json")[2] == plain


def test_people_read_the_answer_as_a_sentence(rate: Any) -> None:
    code, _, out = rate(HEAD + ANCHOR + TEST)
    assert code == 0
    assert out.startswith("b needs 4.4% less bitrate than a for the same quality (no interval, one curve each).\n")
    assert "-4.42%" in out
    assert rate(HEAD + ANCHOR + TEST, "--anchor", "b")[2].startswith("a needs 4.6% more bitrate than b")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,,100,50\na,,200,60\nb,,100,51\nb,,200,62\n", "only 2 points"),
        ("a,,100,50\nb,,100,51\n", "1 point"),
        ("a,,1,50\na,,2,60\na,,3,61\na,,4,62\nb,,1,10\nb,,2,11\nb,,3,12\nb,,4,13\n", "no qualities in common"),
        ("a,,1,99.6\na,,2,99.7\na,,3,99.8\na,,4,99.9\nb,,1,90\nb,,2,95\nb,,3,97\nb,,4,98\n", "the anchor has no point"),
        ("a,,1,50\na,,2,40\na,,3,30\na,,4,20\nb,,1,10\nb,,2,20\nb,,3,30\nb,,4,40\n", "the anchor has 1 point"),
    ],
)
def test_curves_that_allow_no_good_answer_get_a_note_and_exit_0(rate: Any, rows: str, told: str) -> None:
    code, said, out = rate(HEAD + rows, "--json")
    assert (code, said) == (0, "")
    (bd,) = records(out, "bd")
    assert told in bd["note"]
    assert "NaN" not in out
    code, said, out = rate(HEAD + rows)
    assert (code, said) == (0, "")


def test_points_off_the_front_are_listed(rate: Any) -> None:
    _, _, out = rate(HEAD + ANCHOR + "a,540p,2000,30\n" + TEST + TEST, "--json")
    notes = {note["family"]: note["text"] for note in records(out, "note")}
    assert notes["a"] == "left out: 540p at 2000 kb/s (30) is no better than 720p at 1358.24 kb/s (34.851)"
    assert notes["b"].count("is there twice") == 4
    assert records(out, "bd")[0]["bd_rate_percent"] == pytest.approx(-4.4174854, abs=5e-8)


def test_what_looks_like_vmaf_is_trimmed_and_psnr_is_not(rate: Any) -> None:
    rows = "".join(f"{name},,{rate},{quality}\n" for name in "ab" for rate, quality in ((1, 80), (2, 90), (4, 99.7)))
    assert "taken for VMAF" in records(rate(HEAD + rows, "--json")[2], "note")[0]["text"]
    assert not records(rate(HEAD + rows, "--json", "--metric", "psnr_y")[2], "note")
    assert len(records(rate(HEAD + rows, "--json", "--metric", "vmaf")[2], "note")) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "column family, label, bitrate_kbps, quality missing, found nothing"),
        (HEAD, "holds no points"),
        (HEAD + ANCHOR, "holds one family, 'a'"),
        ("family,label,quality\na,b,1\n", "column bitrate_kbps missing, found family, label, quality"),
        (HEAD + "a,,12,5,40\n", "line 2: 5 values under 4 columns — give every line the same columns; a decimal comma"),
        ((HEAD + "a,,1,2\n").replace(",", ";") + "a;;812,5;40\n", "line 3: bitrate_kbps is '812,5' — write a decimal"),
        (HEAD + "a,,0,40\n", "line 2: bitrate_kbps is 0 — give a bitrate above zero"),
        (HEAD + "a,,-5,40\n", "line 2: bitrate_kbps is -5"),
        (HEAD + ANCHOR + "a,,nan,40\n", "line 6: bitrate_kbps is 'nan' — give a number"),
        (HEAD + "a,,5,inf\n", "line 2: quality is 'inf'"),
        (HEAD + "a,,1_0,4\n", "line 2: bitrate_kbps is '1_0'"),
        (HEAD + ",,5,4\n", "line 2: family is empty"),
        ("family,label,bitrate_kbps,quality,src\na,,5,4,x\nb,,5,4,\n", "src is empty in some lines"),
        ("family,family,label,bitrate_kbps,quality\na,a,,5,4\n", "column family stands twice"),
        (b"\xff\xfe\x00", "byte 0 is not UTF-8"),
    ],
)
def test_a_wrong_csv_is_one_line_and_exit_2(rate: Any, data: str | bytes, said: str) -> None:
    code, line, out = rate(data, "--json")
    assert (code, out) == (2, "")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--anchor", "c"), "anchor 'c': is no family here — known: a, b"),
        (("--method", "spline"), "method 'spline': is unknown"),
        (("--scale", "root"), "scale 'root': is unknown"),
        (("--pooling", "mean"), "--pooling: is for studies"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_2(rate: Any, options: tuple[str, ...], said: str) -> None:
    code, line, _ = rate(HEAD + ANCHOR + TEST, *options)
    assert code == 2
    assert said in line


def test_a_file_that_is_not_there_and_a_study_without_renditions_say_what_to_do(rate: Any, toy: Workspace) -> None:
    assert rate("nowhere.csv", is_study=True)[:2] == (
        2,
        "nowhere.csv: is not a file — give a CSV of rate-quality points or the id of a study",
    )
    code, line, _ = rate("toy", is_study=True)
    assert code == 2
    assert "has no renditions" in line
    assert "--template ladder" in line


def test_a_study_that_is_not_built_says_how(rate: Any, ladder: Workspace) -> None:
    folder = ladder.folder("ladder")
    folder.manifest.unlink()
    folder.scores_table.unlink()
    code, line, _ = rate("ladder", is_study=True)
    assert code == 2
    assert "is not built yet — build it: qualab build ladder" in line


def test_a_study_is_compared_clip_by_clip_height_by_height_and_over_all_clips(rate: Any, ladder: Workspace) -> None:
    code, said, out = rate("ladder", "--json", is_study=True)
    assert (code, said) == (0, "")
    found = {(bd["anchor"], bd["test"], bd["src"]): bd for bd in records(out, "bd")}
    overall = found["bicubic", "lite-x2", None]
    clips = [found["bicubic", "lite-x2", src]["bd_rate_percent"] for src in ("cups", "squirrels", "blocks")]
    assert overall["bd_rate_percent"] == pytest.approx(sum(clips) / 3)
    assert overall["ci"][0] <= overall["bd_rate_percent"] <= overall["ci"][1] < 0
    assert (overall["n_srcs"], overall["quality_metric"], overall["curve"]) == (3, "vmaf", "hull")
    assert found["bicubic 360p", "lite-x2 360p", "cups"]["curve"] == "front"
    assert ("bicubic 720p", "lite-x2 720p", "cups") not in found
    assert ("lanczos", "lite-x2", None) in found
    assert {rung["bitrate_kbps"] for rung in records(out, "rung")} == {300, 600, 1200, 2400}
    changed = {(rung["src"], rung["bitrate_kbps"]): rung for rung in records(out, "rung") if rung["changed"]}
    assert changed
    assert all(rung["anchor_label"] != rung["test_label"] for rung in changed.values())
    assert {cross["src"] for cross in records(out, "crossover")} == {"cups", "squirrels", "blocks"}


def test_a_studys_answer_is_told_with_interval_and_clips(rate: Any, ladder: Workspace) -> None:
    _, _, out = rate("ladder", is_study=True)
    first = out.splitlines()[1]
    assert first.startswith("lite-x2 needs ")
    assert "% less bitrate than bicubic for the same VMAF v0.6.1 (95% interval " in first
    assert "n = 3 clips" in first
    assert rate("ladder", "--metric", "ssmi", is_study=True)[1].startswith("metric 'ssmi': has no scores")
    assert "PSNR-Y" in rate("ladder", "--metric", "psnr_y", "--anchor", "lanczos", is_study=True)[2]


def test_what_is_compared_of_a_family_can_be_chosen(rate: Any, ladder: Workspace) -> None:
    del ladder
    hulls, fronts = (rate("ladder", "--json", *words, is_study=True)[2] for words in ((), ("--curve", "front")))
    assert {bd["curve"] for bd in records(fronts, "bd")} == {"front"}
    assert {bd["label"] for bd in records(fronts, "bd")} == {None}
    assert len(records(hulls, "bd")) > len(records(fronts, "bd"))
    rows = HEAD + ANCHOR + "a,540p,2486.44,30\n" + TEST
    assert {bd["curve"] for bd in records(rate(rows, "--json", "--curve", "hull")[2], "bd")} == {"hull", "front"}
    assert "curve 'mean': is unknown" in rate(rows, "--curve", "mean")[1]


def test_the_hull_can_be_convex_in_linear_bitrate_and_says_so(rate: Any) -> None:
    rows = HEAD + "a,,100,0\na,,550,6\na,,1000,10\nb,,100,1\nb,,1000,11\n"
    log, linear = (records(rate(rows, "--json", *words)[2], "hull")[0] for words in ((), ("--scale", "linear")))
    assert (len(log["points"]), log["scale"]) == (2, "log")
    assert (len(linear["points"]), linear["scale"]) == (3, "linear")
