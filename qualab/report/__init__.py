"""Report formats by file suffix."""

from qualab.report.format import ReportFormat

FORMATS = {
    row.suffix: row
    for row in (
        ReportFormat(
            ".html",
            "one HTML file",
            "Opens anywhere, needs no network.",
            "text/html; charset=utf-8",
            "qualab.report.html:save",
        ),
        ReportFormat(
            ".pdf",
            "PDF",
            "For paper and for attaching; needs `qualab[pdf]` and Chrome.",
            "application/pdf",
            "qualab.report.pdf:save",
        ),
        ReportFormat(
            ".zip",
            "zip archive",
            "The report with its data as CSV, JSON and Parquet.",
            "application/zip",
            "qualab.report.archive:save",
        ),
    )
}
