"""What students get: the notebook without answers, and a zip that works anywhere."""

from autograder.release.notebook import read_source
from autograder.release.releasing import Released, release, release_stamp

__all__ = ["Released", "read_source", "release", "release_stamp"]
