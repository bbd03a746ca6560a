"""Figures of the book. Functions return a matplotlib ``Figure``; one colour for each role."""
