"""Other tools' results and tasks, in and out: each format is a file or a folder here, and one line of entry points."""
