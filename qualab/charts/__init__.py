"""Tables and results in, plotly figures out; pages and reports show the same ones."""
