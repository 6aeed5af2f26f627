"""The command line's entry: the table of verbs, the exit codes, the one line that an error prints."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from qualab.cli import backup as keeping
from qualab.cli import build as making
from qualab.cli import import_weights as importing
from qualab.cli import plan as planning
from qualab.cli import rate as rating
from qualab.cli import reproduce as reproducing
from qualab.cli import scores as scoring
from qualab.cli import study_archive as archiving
from qualab.cli import system as machine
from qualab.cli import upscalers as upscaling
from qualab.cli import voting
from qualab.errors import QualabError, StorageError, one_line

_INTERRUPTED = "interrupted: stopped before the end — run it again, what was made is kept"
_VERBS: dict[str, dict[str, Callable[..., None]]] = {
    "Make": {"build": making.build, "upscale": upscaling.upscale, "reproduce": reproducing.reproduce},
    "Upscalers": {
        "upscalers": upscaling.upscalers,
        "train": upscaling.train,
        "import": importing.import_weights,
        "export": upscaling.export,
    },
    "Score": {"scores": scoring.scores, "score": scoring.score, "rate": rating.rate},
    "Vote and report": {
        "plan": planning.plan,
        "launch": voting.launch,
        "close": voting.close,
        "reopen": voting.reopen,
        "votes": voting.votes,
        "verify": voting.verify,
        "backup": keeping.backup,
        "analyze": voting.analyze,
        "simulate": voting.simulate,
        "report": voting.report,
    },
    "This machine": {"demo": machine.demo, "doctor": machine.doctor, "serve": machine.serve},
}
_STUDY: dict[str, Callable[..., None]] = {
    "create": making.study_create,
    "list": making.study_list,
    "show": making.study_show,
    "export": archiving.study_export,
    "import": archiving.study_import,
}

_CLIP: dict[str, Callable[..., None]] = {"add": making.clip_add}


def _app() -> typer.Typer:
    app = _typer("Decide with numbers and with viewers whether super-resolution is worth it.")
    app.callback()(_root)
    groups = (("study", _STUDY, "Create, list, show and move studies."), ("clip", _CLIP, "Add clips to a study."))
    for name, verbs, purpose in groups:
        group = _typer(purpose)
        # A group of one verb would otherwise take that verb's place.
        group.callback()(_group)
        for verb, function in verbs.items():
            group.command(verb)(function)
        app.add_typer(group, name=name, rich_help_panel="Make", help=purpose)
    for panel, verbs in _VERBS.items():
        for verb, function in verbs.items():
            app.command(verb, rich_help_panel=panel)(function)
    return app


def _typer(purpose: str) -> typer.Typer:
    return typer.Typer(help=purpose, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _group() -> None:
    """Stand for a group of verbs."""


def _root(
    studies: Annotated[
        Path | None,
        typer.Option("--studies", metavar="DIR", help="Root folder of studies.  [default: QUALAB_STUDIES or studies/]"),
    ] = None,
) -> None:
    if studies is not None:
        os.environ["QUALAB_STUDIES"] = str(studies.absolute())


def main() -> None:
    """Run the command line and exit with the contract's code: 0, 2, 3, 4, 5 or 130."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code, message = _outcome(lambda: _app()(_placed(sys.argv[1:]), standalone_mode=False))
    if message:
        print(f"error: {message}", file=sys.stderr)
    if place := os.environ.get("QUALAB_JOB_RESULT"):
        from qualab.study.files import write_json

        write_json(Path(place), {"exit_code": code, "error": message})
    sys.stdout.flush()
    sys.exit(code)


def _placed(words: list[str]) -> list[str]:
    """Return the words with `--studies DIR` moved to the front: it may stand after the verb, too."""
    end = words.index("--") if "--" in words else len(words)
    for place, word in enumerate(words[:end]):
        if word == "--studies":
            return [*words[place : place + 2], *words[:place], *words[place + 2 :]]
        if word.startswith("--studies="):
            return [word, *words[:place], *words[place + 1 :]]
    return words


def _outcome(run: Callable[[], object]) -> tuple[int, str]:
    try:
        code = run()
        # Typer turns an interrupt into this code and says nothing.
        return (code if isinstance(code, int) else 0), _INTERRUPTED if code == 130 else ""
    except QualabError as error:
        return error.exit_code, str(error)
    except KeyboardInterrupt:
        return 130, _INTERRUPTED
    except BrokenPipeError:
        return 0, ""
    except MemoryError:
        return StorageError.exit_code, "memory: is used up — close other programs, or use shorter segments"
    except Exception as error:
        # Typer's own complaints about usage; anything else is a bug and keeps its traceback.
        if not hasattr(error, "format_message"):
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "qualab")
        return 2, one_line(f"{command}: {error.format_message()} — see: {command} --help")
