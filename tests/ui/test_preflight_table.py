from streamlit.testing.v1 import AppTest


def _page():
    from qualab.ui.console.preflight import preflight_table

    preflight_table(
        [
            {"code": "size", "verdict": "ok", "text": "both 320x180", "hint": ""},
            {"code": "rotation", "verdict": "adapt", "text": "measured upright", "hint": ""},
            {"code": "offset", "verdict": "refuse", "text": "2 frames late", "hint": "use --align"},
        ]
    )
    preflight_table([])


def test_verdicts_are_told_by_sign_and_word_with_what_was_seen_and_the_mend():
    page = AppTest.from_function(_page).run()
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table["Verdict"]) == ["✓ ok", "≈ adapted", "✕ refused"]
    assert list(table["What was seen"]) == ["both 320x180", "measured upright", "2 frames late — use --align"]
    assert "no findings" in page.caption[0].value
