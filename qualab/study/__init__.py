"""What a study is and where it lies: its words, its study.toml, its folder, its tables and files."""
