"""Ways of asking about a pair, a file each; the table is qualab.study.families.METHODS."""
