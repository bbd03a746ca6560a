"""Grading a class: in processes, on a cluster, after an interruption."""
