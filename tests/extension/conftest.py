"""A copy of the project to extend: one new file, one table row, and what its command line, pages and documents say."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_PAGE = """
import sys
from unittest.mock import patch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from qualab.ui import access
from qualab.ui.http import routes

page, *query = sys.argv[1:]
cookies = {access.CONSOLE_COOKIE: access.console_cookie()}
with patch("streamlit.runtime.context.ContextProxy.cookies", cookies):
    shown = AppTest.from_file(str(routes.SCRIPT), default_timeout=120)
    shown.query_params.update(dict(word.split("=", 1) for word in query))
    shown._page_hash = calc_hash(page)
    shown.run()
if shown.exception:
    sys.exit(shown.exception[0].stack_trace or shown.exception[0].value)
for element in shown.main:
    print(element.value.to_string() if element.type == "arrow_data_frame" else getattr(element, "proto", ""))
"""


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own; what it runs is the copy, in processes of their own."""

    root: Path

    def extend(self, family: str) -> None:
        """Make the change that docs/architecture.md shows under a heading: a new file, lines of a table."""
        page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
        section = page.partition(f"\n### {family}\n")[2].partition("\n### ")[0]
        (diff,) = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
        for old, path, lines in re.findall(r"^--- (\S+)\n\+\+\+ b/(\S+)\n((?:[ +@].*\n)+)", diff, re.MULTILINE):
            if old == "/dev/null":
                self.write(path, re.sub("^\\+", "", lines, flags=re.MULTILINE))
                continue
            for context, rows in re.findall(r"^ (.*)\n((?:\+.*\n)+)", lines, re.MULTILINE):
                self.insert_row(path, context, re.sub("^\\+", "", rows, flags=re.MULTILINE))

    def write(self, path: str, text: str) -> Path:
        """Write a new file of the project; there must be none yet."""
        file = self.root / path
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
        return file

    def insert_row(self, path: str, after_line_containing: str, row: str) -> None:
        """Insert lines after the first line that contains a text."""
        file = self.root / path
        lines = file.read_text(encoding="utf-8").splitlines()
        place = next(number for number, line in enumerate(lines) if after_line_containing in line)
        file.write_text("\n".join([*lines[: place + 1], *row.splitlines(), *lines[place + 1 :], ""]), encoding="utf-8")

    def run(self, *words: str, exit_code: int = 0) -> str:
        """Run `python -m qualab` with words and return what it printed, on stdout and then on stderr."""
        return self.python("-m", "qualab", *words, exit_code=exit_code)

    def python(self, *words: str, exit_code: int = 0) -> str:
        """Run Python with words (`-c`, code; `-m`, module) and return what it printed."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "QUALAB_ADMIN_TOKEN": "the-console-token"}
        environment |= {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        done = subprocess.run(
            [sys.executable, *words], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def page(self, name: str, **query: str) -> str:
        """Return everything that a page of the console shows, tables among it; QUALAB_STUDIES says of which studies."""
        return self.python("-c", _PAGE, name, *(f"{key}={value}" for key, value in query.items()))

    def undocumented(self, test: str) -> str:
        """Run a test of tests/test_house.py that must fail in the copy, and return what it says is missing."""
        return self.python("-m", "pytest", "-n0", "-q", f"tests/test_house.py::{test}", exit_code=1)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a copy of the project: the package, what it ships, the documents and the house's own rules."""
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("qualab", "docs", ".streamlit"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    for file in ("app.py", "pyproject.toml", "CHANGELOG.md", "tests/test_house.py"):
        (root / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    (root / "models").symlink_to(ROOT / "models")
    return Project(root)
