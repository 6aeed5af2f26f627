"""Every example in a docstring of qualab/ prints what it says."""

import doctest
import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Modules are imported when their test runs, not when tests are collected: only one process then loads torch.
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "qualab").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.fixture(autouse=True)
def _generator_of_its_own():
    """Give the next test torch's generator as it was: examples build nets, which draw their weights."""
    before = torch.get_rng_state() if (torch := sys.modules.get("torch")) else None
    yield
    if before is not None:
        sys.modules["torch"].set_rng_state(before)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def test_examples_stand_in_most_rooms():
    assert {name.split(".")[1] for name in MODULES} >= {"study", "media", "stats", "voting", "metrics", "charts", "ui"}
