"""From a study's data to its report, as a document: pure, the same data give the same document."""

from qualab.report import agreement, answer, design, limits, origins, rate, results, scores, screening, viewing
from qualab.report.data import ReportData, viewers_in
from qualab.report.document import Document, Section
from qualab.stats.findings.wording import pluralize


def build(data: ReportData) -> Document:
    """Return the report of a study. Chapters without data say what is missing and how to get it."""
    chapters: list[Section | None] = [
        answer.section(data),
        design.section(data),
        viewing.section(data),
        results.section(data),
        scores.section(data),
        rate.section(data),
        agreement.section(data),
        screening.section(data),
        results.simulated_section(data),
        limits.section(data),
        origins.provenance(data),
        origins.licences(data),
    ]
    return Document(
        title=data.study.title or data.study.id,
        subtitle=f"Study {data.study.id}: upscaled from {data.study.source_height} to"
        f" {data.study.display_height} lines",
        figures=_figures(data),
        sections=tuple(chapter for chapter in chapters if chapter),
        generated_at=data.generated_at,
        version=data.version,
    )


def _figures(data: ReportData) -> tuple[tuple[str, str], ...]:
    real = data.votes_of(simulated=False)
    with_reference = sum(src.reference for src in data.study.src)
    viewers = viewers_in(real) if len(real) else 0
    return (
        (f"{len(data.study.src):,}", f"clips, {with_reference:,} with a reference"),
        (f"{len(data.study.hrcs):,}", f"HRCs, baseline {data.study.baseline}"),
        (f"{len(real):,}", f"votes by {pluralize(viewers, 'viewer')}"),
    )
