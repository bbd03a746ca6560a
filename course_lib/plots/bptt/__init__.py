"""Figures of the chapter on backpropagation through time, one module a page."""
