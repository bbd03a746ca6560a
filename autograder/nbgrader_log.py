"""What nbgrader logs: into the course's log file, and its errors kept for a message."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path


@contextmanager
def nbgrader_logged(log: Path) -> Iterator[None]:
    """While it is open, write what nbgrader logs to the file ``log``, and drop its warnings."""
    log.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        log, maxBytes=5_000_000, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("traitlets", "tornado", "alembic")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    path = os.environ.get("PATH", "")
    for logger in loggers:
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    # A new gradebook is made with the `alembic` command, which lies beside this interpreter.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ["PATH"] = path
        for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
            logger.handlers[:] = handlers
            logger.propagate = propagate
            logger.setLevel(level)
        handler.close()


class LoggedErrors(logging.Handler):
    """Keeps the errors that nbgrader logs, since its exceptions do not say what happened."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    @classmethod
    @contextmanager
    def of(cls, name: str) -> Iterator["LoggedErrors"]:
        """Listens to a logger while it is open."""
        heard, logger = cls(), logging.getLogger(name)
        logger.addHandler(heard)
        try:
            yield heard
        finally:
            logger.removeHandler(heard)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines += record.getMessage().splitlines()

    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines)

    def last(self, word: str) -> str:
        """The last line with a word in it, or else the last line of all."""
        fallback = self._lines[-1].strip() if self._lines else "unknown"
        return next((line.strip() for line in reversed(self._lines) if word in line), fallback)
