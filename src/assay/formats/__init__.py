"""Formats: other tools' tasks and results, in and out. A folder or a file each; nothing is loaded until it is asked for."""
