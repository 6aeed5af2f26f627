"""Pictures that say what to answer: words and a sign over a softened picture."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from qualab.media.picture import Picture
from qualab.media.rgb import from_rgb, to_rgb

# The words of both pictures of a pair by language, `this` the right answer; Pillow's own font has A to Z only.
WORDS = {
    "en": {"this": ("CHOOSE", "THIS ONE"), "other": ("NOT", "THIS ONE")},
    "de": {"this": ("NEHMEN SIE", "DIESES"), "other": ("NICHT", "DIESES")},
}
_PAPER, _INK, _GREEN, _RED = (245, 245, 245), (15, 15, 15), (0, 130, 50), (190, 20, 20)
# Where the sign's strokes go, in a square of side 1.
_TICK, _CROSS = (((0.1, 0.55), (0.4, 0.85), (0.9, 0.15)),), (((0.1, 0.1), (0.9, 0.9)), ((0.9, 0.1), (0.1, 0.9)))


def trap_picture(picture: Picture, *, side: str, language: str) -> Picture:
    """Return an 8-bit picture, softened, under a card that says to choose this one (`this`) or not to (`other`)."""
    red, green, blue = to_rgb(picture)
    image = Image.fromarray(np.ascontiguousarray(np.dstack([red, green, blue])), "RGB")
    image = image.filter(ImageFilter.GaussianBlur(picture.height / 60))
    _draw_card(image, WORDS.get(language, WORDS["en"])[side], is_right=side == "this")
    drawn = np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))
    return from_rgb(drawn, replace(picture))


def _draw_card(image: Image.Image, words: tuple[str, str], *, is_right: bool) -> None:
    """Draw a card of three quarters of the picture: the sign above two lines of words, as large as they fit."""
    draw, (width, height) = ImageDraw.Draw(image), image.size
    across, down = width * 0.75, height * 0.75
    left, top = (width - across) / 2, (height - down) / 2
    draw.rectangle((left, top, left + across, top + down), fill=_PAPER)
    sign = min(down * 0.36, across * 0.5)
    _draw_sign(draw, (width / 2 - sign / 2, top + down * 0.05), sign, is_right=is_right)
    font = _largest(words, (across * 0.9, down * 0.24))
    for line, word in enumerate(words):
        draw.text((width / 2, top + down * (0.56 + 0.27 * line)), word, fill=_INK, font=font, anchor="mm")


def _draw_sign(draw: ImageDraw.ImageDraw, corner: tuple[float, float], side: float, *, is_right: bool) -> None:
    thick = max(2, round(side / 6))
    for stroke in _TICK if is_right else _CROSS:
        points = [(corner[0] + x * side, corner[1] + y * side) for x, y in stroke]
        draw.line(points, fill=_GREEN if is_right else _RED, width=thick, joint="curve")


def _largest(words: tuple[str, str], room: tuple[float, float]) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font in the largest size in which each word fits the room."""
    trial = 100
    boxes = [ImageFont.load_default(size=trial).getbbox(word) for word in words]
    fits = [min(room[0] / (box[2] - box[0]), room[1] / (box[3] - box[1])) for box in boxes]
    return ImageFont.load_default(size=max(4.0, trial * min(fits)))
