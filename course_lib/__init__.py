"""What the book and the notebooks of *Unrolled* import. Kept empty: every page depends on it."""
