import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualab.errors import InputError, QualabError, one_line


@given(st.text())
def test_an_error_is_always_one_printable_line(text):
    said = str(QualabError(text, text, text))
    assert len(said.splitlines()) <= 1
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in said)
    said.encode("utf-8")


def test_ordinary_text_stays_as_it_is():
    assert one_line("Élan — 日本.mp4") == "Élan — 日本.mp4"


def test_errors_survive_the_way_from_a_worker():
    error = pickle.loads(pickle.dumps(InputError("clip", "is bad", "fix it")))
    assert str(error) == "clip: is bad — fix it"


@pytest.mark.parametrize(("cls", "code"), [(cls, cls.exit_code) for cls in QualabError.__subclasses__()])
def test_every_error_has_an_exit_code_of_the_contract(cls, code):
    assert code in (1, 2, 3, 4, 5)
