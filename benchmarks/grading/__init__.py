"""What `grading_vs_nbgrader.py` is made of."""
