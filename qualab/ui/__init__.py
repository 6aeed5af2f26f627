"""The app: the researcher's console, the viewer's pages, and the routes that serve clips and take votes."""
