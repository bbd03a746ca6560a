"""Grading one notebook: the examiner's side of the two processes."""
