"""Writing and reading nbgrader's gradebook."""
