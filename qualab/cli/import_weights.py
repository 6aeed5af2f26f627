"""The verb that brings weights from elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from qualab.cli.options import Json, one_of
from qualab.upscalers.importers import IMPORTERS

_NAMES = [name for importer in IMPORTERS.values() for name in importer.names]


def import_weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"{one_of(_NAMES)}.")],
    name: Annotated[str, typer.Option("--id", metavar="ID", help="What the upscaler will be called.")],
    licence: Annotated[
        str, typer.Option(help="Licence of the weights, for the card.", show_default="what a card beside FILE says")
    ] = "",
    architecture: Annotated[str | None, typer.Option(help="Where the file fits several nets: which it is.")] = None,
    scale: Annotated[int | None, typer.Option(help="Refuse a net of another enlargement.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Make an upscaler of weights from elsewhere: checked, tried on a small picture, written with a card.

    Example: qualab import 2x-compact.pth --id compact-x2 --licence "CC BY 4.0"
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.errors import one_line

    card = lab.import_weights(file, name=name, licence=licence, architecture=architecture, scale=scale)
    if as_json:
        terminal.emit({"type": "card", **card.model_dump(mode="json")})
        return
    size = f"{card.training['parameters']:,} parameters".replace(",", " ")
    print(one_line(f"Imported {card.id}: {card.architecture} x{card.scale}, {size}, licence: {card.licence}"))
    print(f"Try it: qualab upscale IN OUT.mkv --upscaler {card.id} --scale {card.scale}")
