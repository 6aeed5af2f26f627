"""What a viewer's pages say: welcome, consent, thanks, closed, withdrawn, in the study's language."""

import hashlib

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from qualab import lab
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import Voting
from qualab.ui.http.routes import SCRIPT
from qualab.ui.viewer.strings import strings
from qualab.voting.store.answer import Answer

NAMES = ("toybase", "toytest", "toyother", "toy-fox", "Secret", "Toy study")
PLAYED = {"shown": "side-by-side", "plays": 1}


def text(found: AppTest) -> str:
    """Return everything a page says."""
    kinds = ("title", "subheader", "markdown", "caption", "warning", "code", "text")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


@pytest.fixture
def joined(toy, monkeypatch):
    """Return a function that launches the toy with these settings and returns its first viewer's secret and pages."""

    def join(**voting):
        folder = toy.folder("toy")
        folder.save(folder.load().model_copy(update={"voting": Voting.model_validate(voting)}))
        secret = lab.store(toy).join(lab.launch(toy, "toy", viewers=1)[0])
        monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {"qualab_viewer": secret})

        def page(name: str = "") -> AppTest:
            found = AppTest.from_file(SCRIPT, default_timeout=30)
            found._page_hash = calc_hash(name) if name else ""
            return found.run()

        return secret, page

    return join


def answer(store, secret, count=99):
    """Answer up to `count` trials."""
    for _ in range(count):
        trial = store.next_trial(secret)
        if trial is None:
            return
        for step in ("ready", "played"):
            store.step(secret, trial.id, trial.attempt, step, {})
        sent = {"choice": "left", "idempotency_key": f"key-of-{trial.id:012d}", "response_ms": 1, "telemetry": PLAYED}
        store.vote(secret, trial.id, Answer(attempt=trial.attempt, **sent))


@pytest.mark.parametrize(("language", "words"), [("en", "4 comparisons"), ("de", "4 Vergleiche")])
@pytest.mark.parametrize("presentation", PRESENTATIONS)
def test_a_viewer_is_welcomed_without_a_word_about_what_is_compared(joined, language, words, presentation):
    _, page = joined(language=language, presentation=presentation)
    found = page()
    assert not found.exception
    assert words in text(found)
    assert strings(language)[f"show.{presentation}"] in text(found)
    assert [word for word in NAMES if word in text(found)] == []


def test_who_comes_back_reads_how_far_they_are(toy, joined):
    secret, page = joined()
    answer(lab.store(toy), secret, 1)
    assert "1 of 4" in text(page())
    assert next(button.label for button in page().button) == "Go on"


def test_a_viewer_who_answered_everything_is_thanked_and_reads_the_completion_code(toy, joined):
    secret, page = joined(completion_code="C-4711")
    answer(lab.store(toy), secret)
    shown = text(page())
    assert "Thank you" in shown
    assert "4 of 4" in shown
    assert "C-4711" in shown


def test_a_viewer_of_a_closed_study_reads_that_it_is_closed(toy, joined):
    _, page = joined()
    lab.close(toy, "toy")
    assert "This study is closed" in text(page())
    assert "This study is closed" in text(page("compare"))


def test_without_consent_nothing_is_asked_and_what_was_agreed_to_is_kept_by_its_hash(toy, joined, monkeypatch):
    terms = "Your answers are **kept** for ten years. <b>Agreed?</b>"
    secret, page = joined(consent=terms, questionnaire=["age", "screen"])
    given = []
    monkeypatch.setattr("streamlit.switch_page", lambda page: None)
    store = lab.store(toy)
    real = type(store).give_consent
    monkeypatch.setattr(type(store), "give_consent", lambda self, *said: given.append(said) or real(self, *said))
    assert terms in text(page("compare"))
    found = page()
    assert not any(button.label == "Start" for button in found.button)
    found = found.button[0].click().run()
    assert "Tick the box first" in text(found)
    found.checkbox[0].check()
    found = found.button[0].click().run()
    assert "every question" in text(found)
    assert given == []
    found.checkbox[0].check()
    found.radio[0].set_value("30-44")
    found.radio[1].set_value("unsaid")
    found.button[0].click().run()
    digest = hashlib.sha256(terms.encode()).hexdigest()
    assert given == [(secret, digest, {"age": "30-44", "screen": "unsaid"})]
    assert store.viewer(secret).consented
    assert any(button.label == "Start" for button in page().button)


def test_withdrawing_is_asked_twice_and_voids_every_vote(toy, joined):
    secret, page = joined(language="de")
    answer(lab.store(toy), secret, 2)
    found = page()
    withdraw = next(button for button in found.button if button.label == "Zurücktreten")
    assert withdraw.disabled
    found.text_input[0].set_value("Kein Grund")
    found = found.checkbox[0].check().run()
    found = next(button for button in found.button if button.label == "Zurücktreten").click().run()
    assert "Sie sind zurückgetreten" in text(found)
    assert "Sie sind zurückgetreten" in text(page("compare"))
    assert lab.votes(toy, "toy")["voided"].astype(bool).all()
