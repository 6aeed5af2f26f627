"""Charts as SVG for pages that no browser draws: what the report's plotly figures hold, and no more."""
