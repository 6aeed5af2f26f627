import numpy as np
import pytest

from qualab.media.attention_clip import WORDS, trap_picture
from qualab.media.picture import Picture
from qualab.media.rgb import to_rgb
from qualab.study.protocol import LANGUAGES


def _picture(width=320, height=180):
    luma = np.random.default_rng(1).integers(30, 220, (height, width)).astype(np.uint8)
    return Picture.grey(luma)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_player_has_words_that_the_font_can_draw(language):
    """Pillow's own font has A to Z; of other letters it draws one box."""
    for words in WORDS[language].values():
        assert all(letter.isascii() and (letter.isupper() or letter == " ") for word in words for letter in word)


@pytest.mark.parametrize(("side", "sign"), [("this", "green"), ("other", "red")])
@pytest.mark.parametrize("size", [(320, 180), (180, 320), (64, 48)])
def test_the_right_answer_has_a_green_sign_and_the_other_a_red_one(side, sign, size):
    drawn = trap_picture(_picture(*size), side=side, language="en")
    assert (drawn.width, drawn.height, drawn.pix_fmt) == (*size, "yuv420p")
    red, green, _ = to_rgb(drawn).astype(int)
    counts = {"green": int((green - red > 60).sum()), "red": int((red - green > 60).sum())}
    assert counts.pop(sign) > 0.002 * size[0] * size[1]
    assert list(counts.values()) == [0]


def test_the_words_stand_in_the_picture_and_differ():
    """Dark ink on the paper's lower half, in two lines with paper between; other words leave other ink."""
    both = [trap_picture(_picture(), side=side, language="en").y[90:150, 45:275] for side in ("this", "other")]
    for card in both:
        dark = (card < 80).any(axis=1)
        assert int(np.abs(np.diff(dark.astype(int))).sum()) >= 2
    assert np.abs(both[0].astype(int) - both[1]).mean() > 5


def test_what_is_around_the_card_is_soft():
    around = trap_picture(_picture(), side="this", language="en").y[:, :30].astype(float)
    assert np.abs(np.diff(around)).mean() < 0.2 * np.abs(np.diff(_picture().y[:, :30].astype(float))).mean()
