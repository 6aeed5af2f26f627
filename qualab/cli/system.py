"""Verbs about this machine: the demo, its check-up, the server."""

from dataclasses import asdict
from typing import Annotated

import typer

from qualab.cli.build import run_build
from qualab.cli.options import Host, Inline, Json, Port, workspace
from qualab.errors import ToolMissing, one_line


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the app at the end.")] = True,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    inline: Inline = False,
) -> None:
    """Make, build and score a study of three real clips, ready for voting.

    Example: qualab demo --no-serve
    """
    from qualab import lab
    from qualab.cli import terminal

    ws = workspace()
    study = lab.make_demo(ws).load()
    for src in study.src:
        terminal.say(f"{src.title}: {src.attribution}; licence: {src.licence}")
    run_build(study.id, device="auto", inline=inline)
    terminal.show_scores("Demo scores, mean over frames", lab.scores(ws, study.id), study.baselines())
    tokens = lab.launch(ws, study.id, viewers=1)
    print(f"Voting is open. One viewer's link: http://{host}:{port}/join/{tokens[0]}")
    if serve:
        _serve(host, port, show=True)
    print("See the results and dashboards with: qualab serve")


def doctor(as_json: Json = False) -> None:
    """Check FFmpeg, libvmaf, codecs, device, SQLite and disk.

    Example: qualab doctor
    """
    from qualab import lab
    from qualab.cli import terminal

    checks = lab.doctor(workspace())
    for check in checks:
        if as_json:
            terminal.emit({"type": "check", **asdict(check)})
        else:
            print(f"{'ok     ' if check.ok else 'MISSING'} {check.name}: {one_line(check.found)}")
    missing = [check for check in checks if not check.ok]
    if missing:
        raise ToolMissing(missing[0].name, missing[0].found, missing[0].hint)


def serve(host: Host = "127.0.0.1", port: Port = 8501) -> None:
    """Serve the app: the console for you, the voting pages for viewers.

    Example: qualab serve --port 8600
    """
    _serve(host, port)


def _serve(host: str, port: int, *, show: bool = False) -> None:
    from qualab.lab import server

    url = server.console_url(host, port)
    print(f"Console: {url}\nStop it with Ctrl-C.", flush=True)
    if show:
        server.show_in_browser(url)
    server.serve(host, port)
