"""Logs of Inspect, in and out: `.eval` archives (whole, cut off, in chunks), `.json` logs of every version, and folders of them."""
