"""The command line."""

from autograder.cli.commands import app

__all__ = ["app"]
