"""The catalogue of what viewers read: the same texts in every language, with the same values in them."""

import re

import pytest

from qualab.study.protocol import LANGUAGES
from qualab.ui.viewer.strings import strings


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_texts_with_the_same_values(language):
    english, other = strings("en"), strings(language)
    assert list(other) == list(english)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", other[key])) == sorted(re.findall(r"\{\w+\}", text)), key
        assert other[key].strip(), key


def test_an_unknown_language_reads_english():
    assert strings("xx") == strings("en")
