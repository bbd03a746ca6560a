"""The process a student's code runs in: how it is locked up, started and ended."""
