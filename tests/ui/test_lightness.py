"""What the web process loads, and what it never may."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from qualab.study.workspace import Workspace

ROOT = Path(__file__).parents[2]
FORBIDDEN = ("torch", "av", "distributed", "qualab.pipeline", "qualab.metrics", "qualab.upscalers")
# Of upscalers the web process reads cards, and what packages and folders carry.
LIGHT = ("qualab.upscalers", "qualab.upscalers.card", "qualab.upscalers.bundled", "qualab.upscalers.inventory")
SERVE = """
import asyncio, sys
sys.path.insert(0, {root!r})
import app
import streamlit.runtime.context as context
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from qualab import lab
from qualab.ui import access, pages
from qualab.ui.http import lifespan
from qualab.ui.http.routes import SCRIPT
from qualab.study.workspace import Workspace

async def start():
    async with lifespan.lifespan(app.app):
        pass

asyncio.run(start())
lab.launch(Workspace.at(), "toy", viewers=1)
lab.simulate(Workspace.at(), "toy", subjects=2, share=0.7, seed=1)
context.ContextProxy.cookies = {{access.CONSOLE_COOKIE: access.console_cookie()}}
for page, _ in pages._CONSOLE:
    shown = AppTest.from_file(SCRIPT, default_timeout=60)
    shown._page_hash = calc_hash(page.__name__)
    assert not shown.run().exception, page
lab.report(Workspace.at(), "toy", Workspace.at().root / "report.html")
heavy = tuple(f"{{name}}." for name in {forbidden!r})
print("LOADED", *sorted(name for name in {{*sys.modules}} - {{*{light!r}}} if f"{{name}}.".startswith(heavy)))
"""


def test_serving_every_page_and_a_report_loads_nothing_heavy(toy: Workspace):
    code = SERVE.format(root=str(ROOT), forbidden=FORBIDDEN, light=LIGHT)
    environment = {**os.environ, "QUALAB_STUDIES": str(toy.root)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


def test_without_a_token_the_lifespan_prints_the_consoles_link(toy: Workspace):
    code = SERVE.format(root=str(ROOT), forbidden=FORBIDDEN, light=LIGHT).partition("lab.launch")[0]
    environment = {**os.environ, "QUALAB_STUDIES": str(toy.root), "QUALAB_ADMIN_TOKEN": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    links = [line for line in done.stderr.splitlines() if line.startswith("console: http://127.0.0.1:")]
    assert len(links) == 1
    assert len(links[0].rpartition("/console/")[2]) >= 32


def test_the_entry_is_one_literal_app_that_streamlit_run_finds():
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    assert [ast.unparse(node.targets[0]) for node in assigned] == ["app"]
    assert ast.unparse(assigned[0].value).startswith("st.App(")
    assert not [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.If | ast.For)]
