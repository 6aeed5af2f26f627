"""`python -m qualab`: the command line, as background jobs start it."""

from qualab.cli.main import main

main()
