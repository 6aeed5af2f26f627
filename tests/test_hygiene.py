"""A test that leaks fails by its name, and one that does not passes."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

LEAKS = {
    "import numpy\ndef test_it(): numpy.random.rand()": "generator of numpy changed",
    "import torch\ndef test_it(): torch.rand(1)": "generator of torch changed",
    "def test_it(): print('left over')": "left over",
    "import os\ndef test_it(): os.write(2, b'from a library in C')": "from a library in C",
}


@pytest.fixture
def run_tests(pytester, monkeypatch, capfd):
    """Return a function that runs a file of one test beside the fixtures: what it prints."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "plugins"))

    def run(source):
        pytester.makepyfile(source)
        pytester.runpytest_subprocess("-p", "hygiene", "-p", "no:xdist", "-p", "no:hypothesispytest")
        return capfd.readouterr().out

    return run


@pytest.mark.parametrize("leak", LEAKS, ids=LEAKS.values())
def test_a_test_that_leaks_fails_by_name(run_tests, leak):
    printed = run_tests(leak)
    assert "ERROR at teardown of test_it" in printed
    assert LEAKS[leak] in printed
    assert "1 passed, 1 error" in printed


def test_output_that_is_read_and_a_generator_of_its_own_are_no_leaks(run_tests):
    printed = run_tests(
        "import numpy\n"
        "def test_it(capfd):\n"
        "    print('read', numpy.random.default_rng(1).random())\n"
        "    assert capfd.readouterr().out"
    )
    assert "1 passed in" in printed
