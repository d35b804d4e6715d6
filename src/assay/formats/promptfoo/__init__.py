"""promptfoo: its results as runs (`results`), and its configurations as tasks (`config`, `checks`)."""
