"""Designs to deal trials from, as frozen_design gives them, without files."""

from collections.abc import Callable
from typing import Any

import pytest

from qualab.voting.design.frozen import Design

Designed = Callable[..., Design]


@pytest.fixture(scope="session")
def designed() -> Designed:
    """Return a function that makes a design: how many pairs each clip has, then settings, checks among them."""

    def make(per_clip: list[int], *, seed: int = 3, **asked: Any) -> Design:
        srcs = [f"clip-{number}" for number in range(len(per_clip))]
        wanted = [(src, hrc) for src, count in zip(srcs, per_clip, strict=True) for hrc in range(count)]
        pairs = [_pair(src, "bicubic", f"net-{hrc}") for src, hrc in wanted]
        pairs += [_pair(src, "gold", "bicubic", "gold") for src in srcs[:3]]
        pairs += [_pair(src, "net-0", "net-0", "identical") for src in srcs[:2]]
        pairs += [_pair("trap", "trap-other", "trap-this", "trap")]
        settings = {"presentation": "toggle", "break_every": 0, **asked}
        return Design.model_validate({"study": "t", "seed": seed, "pairs": pairs, **settings})

    return make


def _pair(src: str, hrc_a: str, hrc_b: str, role: str = "test") -> dict[str, Any]:
    return {"src": src, "hrc_a": hrc_a, "hrc_b": hrc_b, "role": role, "frames": 250, "fps": "25/1"}
