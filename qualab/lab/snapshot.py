"""A study at one moment: votes and scores read once, and what they say."""

from datetime import UTC, datetime

import pandas as pd

from qualab import __version__
from qualab.report.data import ReportData, context_of, launch_rows
from qualab.stats.findings.find import analyse_by_origin
from qualab.study.workspace import FRAMES, StudyFolder
from qualab.upscalers.bundled import packaged_cards
from qualab.upscalers.card import Card, load_card
from qualab.upscalers.inventory import weights
from qualab.voting.store.records import same_design
from qualab.voting.store.snapshot import Moment


def collect(
    folder: StudyFolder, scores: pd.DataFrame, voted: Moment, *, alpha: float = 0.05, with_frames: bool = True
) -> ReportData:
    """Return what a study says, of votes and scores read once; without frame scores where nobody shows them."""
    study = folder.load()
    context = context_of(study, scores, voted.launches, voted.questionnaires)
    return ReportData(
        study=study,
        scores=scores,
        frames={key: pd.read_parquet(path) for key, path in folder.score_files(FRAMES)} if with_frames else {},
        votes=voted.votes,
        findings=analyse_by_origin(same_design(voted.votes, voted.launches), alpha=alpha, context=context),
        manifest=folder.read_manifest(),
        launches=launch_rows(voted.launches, voted.votes),
        generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        cards=_cards(study.upscalers),
        viewing=voted.conditions,
        playback=voted.playback,
        context=context,
    )


def _cards(upscalers: set[str]) -> list[Card]:
    folders = {name: path for name, path in weights().items() if name in upscalers}
    return [load_card(path / "card.toml") for path in folders.values()] + packaged_cards(upscalers - set(folders))
