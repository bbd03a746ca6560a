"""Submissions that try to gain what their author did not earn, or to harm others, by kind."""

from . import checking, exhausting, neighbours, notebook, reaching, reading, results
from .attack import Attack

KINDS: dict[str, tuple[Attack, ...]] = {
    "tampering with the checking": checking.ATTACKS,
    "forging results": results.ATTACKS,
    "reading answers": reading.ATTACKS,
    "reaching out": reaching.ATTACKS,
    "exhausting": exhausting.ATTACKS,
    "forging the notebook": notebook.ATTACKS,
    "reaching for the neighbours": neighbours.ATTACKS,
}
ATTACKS = tuple(attack for kind in KINDS.values() for attack in kind)
