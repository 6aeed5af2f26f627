"""The house's own rules: import contracts, what the web process loads, what the documents promise."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from qualab.cli.main import _CLIP, _STUDY, _VERBS
from qualab.report import FORMATS
from qualab.stats import ANALYSES
from qualab.study.families import DIAGNOSTICS, METRICS
from qualab.study.presentations import PRESENTATIONS
from qualab.study.templates import TEMPLATES
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.exports import FORMATS as EXPORTS
from qualab.upscalers.importers import IMPORTERS
from qualab.voting.design import METHODS

ROOT = Path(__file__).parent.parent


def _run(*words):
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "words",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), pytest.param(("mypy",), marks=pytest.mark.slow)],
)
def test_linters_are_silent(words):
    done = _run(*words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_verb_stands_in_the_command_line_page():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    verbs = [verb for verbs in _VERBS.values() for verb in verbs]
    verbs += [f"study {verb}" for verb in _STUDY] + [f"clip {verb}" for verb in _CLIP]
    assert [verb for verb in verbs if f"`qualab {verb}" not in page] == []


def test_every_metric_stands_in_the_scores_page():
    page = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    assert [name for name in METRICS if f"`{name}`" not in page] == []


def test_every_diagnostic_stands_in_the_scores_page():
    page = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    assert [name for name in DIAGNOSTICS if f"`{name}`" not in page] == []


def test_every_analysis_stands_in_the_statistics_page_with_its_role():
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    rows = {row.id: f"\n| `{row.id}` | {row.role.value} |" for row in ANALYSES.values()}
    assert [name for name, row in rows.items() if row not in page] == []


def test_every_report_format_stands_in_the_reports_page():
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    assert [suffix for suffix in FORMATS if f"\n| `{suffix}` |" not in page] == []


def test_every_method_and_presentation_stands_in_the_voting_page():
    page = (ROOT / "docs" / "voting.md").read_text(encoding="utf-8")
    rows = [f"| `{method.id}` | {method.title} | {method.reference} |" for method in METHODS.values()]
    rows += [f"| `{row.id}` | {row.title} | {row.answerable} |" for row in PRESENTATIONS.values()]
    assert [row for row in rows if row not in page] == []


_PAGES: dict[str, Iterable[str]] = {
    "training.md": ARCHITECTURES,
    "importing.md": [ending for importer in IMPORTERS.values() for ending in importer.endings],
    "exporting.md": [f"--format {name}" for name in EXPORTS],
    "studies.md": TEMPLATES,
}


@pytest.mark.parametrize("page", _PAGES)
def test_every_row_of_a_family_stands_in_its_page(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [name for name in _PAGES[page] if f"{name}`" not in text and f"{name}\n" not in text] == []


def test_the_readme_holds_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/qualab demo\n" in text
    assert "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest\n" in text


def test_links_between_documents_lead_somewhere():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_version_in_the_changelog_is_the_packages():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
