"""The fact tables: what every file said (seen), what holds now (facts), and which files make up a version."""
