"""Figures that a reader steps through. They are HTML with an SVG in it, and a script."""
