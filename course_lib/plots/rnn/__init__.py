"""Figures of the chapter on recurrent networks, one module a page."""
