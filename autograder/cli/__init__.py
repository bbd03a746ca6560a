"""The command line."""

import gc

# What is imported stays, and looking for garbage in it takes a tenth of the time of importing it.
gc.set_threshold(100_000)

from autograder.cli.commands import app  # noqa: E402

__all__ = ["app"]
