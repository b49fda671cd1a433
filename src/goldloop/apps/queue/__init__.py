"""Work that goes on behind the pages: one row per job, with its state, progress and outcome."""
