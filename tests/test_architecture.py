"""docs/architecture.md speaks of files and names that exist, and of the layers that are checked."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
# What a worked example adds does not exist yet.
PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
DOTTED = sorted(set(re.findall(r"`(qualab(?:\.\w+)+)(?:\(\))?`", PROSE)))


def _names(path):
    """Return what a module defines or imports, and `Class.method` of its classes."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = getattr(node, "targets", [getattr(node, "target", node)])
        names |= {getattr(target, "id", getattr(target, "name", "")) for target in targets}
        names |= {alias.asname or alias.name for alias in getattr(node, "names", ())}
    return names


def _exists(dotted):
    parts = dotted.split(".")
    folder = ROOT.joinpath(*parts)
    if folder.is_dir() or folder.with_suffix(".py").is_file():
        return True
    module = ROOT.joinpath(*parts[:-1])
    files = [path for path in (module.with_suffix(".py"), module / "__init__.py") if path.is_file()]
    return any(parts[-1] in _names(path) for path in files)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:qualab|tests|docs)/[\w/.-]+)`", PROSE))))
def test_a_file_that_the_page_names_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("dotted", DOTTED)
def test_a_name_that_the_page_tells_of_exists(dotted):
    assert _exists(dotted)


def test_a_name_that_does_not_exist_is_noticed():
    assert len(DOTTED) > 30
    assert not _exists("qualab.pipeline.build.unbuild")
    assert not _exists("qualab.pipelines.build")


def test_the_layers_of_the_picture_are_those_of_the_contract():
    (picture,) = re.findall(r"```text\nlayers .*?\n\n(.*?)```", PAGE, re.DOTALL)
    drawn = [re.split(r"\s{3,}", line)[0] for line in picture.splitlines()]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert drawn == next(contract["layers"] for contract in contracts if contract["type"] == "layers")
