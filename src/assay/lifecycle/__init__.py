"""Evaluation over time: gates that decide whether a candidate may replace a baseline."""
