"""The figure to step through: one unit, forward over the sequence and back again, number by number.

It is written as HTML with an SVG in it. As it stands, all numbers are shown, and the list below
tells every step. ``book/_static/js/stepper.js`` turns it into something to step through.
"""

from collections.abc import Sequence
from html import escape

import numpy as np
from jaxtyping import Float

GAP, LEFT, RIGHT = 150, 84, 72
HEIGHT = 386
STATE_Y, OUTPUT_Y, INPUT_Y, TERM_Y, SUM_Y = 150, 56, 242, 302, 360


Numbers = Sequence[float] | Float[np.ndarray, " T"]


class BpttStepper:
    """A recurrent network with one unit and one input, its outputs being its states.

    Its loss is half the mean of the squared errors.

    Args:
        x: the T inputs.
        y: the T targets.
        h0: the initial state.
        w: the recurrent weight.
        h: the T states, which are the outputs as well.
        dh: the T total gradients of the states.
        da: the T gradients before the tanh.
        terms: what each of the T steps adds to the gradient of w.
    """

    def __init__(
        self,
        *,
        x: Numbers,
        y: Numbers,
        h0: float,
        w: float,
        h: Numbers,
        dh: Numbers,
        da: Numbers,
        terms: Numbers,
    ) -> None:
        lengths = {len(values) for values in (x, y, h, dh, da, terms)}
        if len(lengths) != 1:
            raise ValueError(f"sequences of one length expected, got {sorted(lengths)}")
        self.x, self.y, self.h0, self.w = list(x), list(y), float(h0), float(w)
        self.h, self.dh, self.da, self.terms = list(h), list(dh), list(da), list(terms)
        self.T = len(self.x)
        self.errors = [h_t - y_t for h_t, y_t in zip(self.h, self.y, strict=True)]

    def steps(self) -> list[str]:
        """What happens at each stage, as HTML: forward, the loss, two stages a step back, the sum.

        Stage 0 is the network before anything has been computed.
        """
        T, before = self.T, [self.h0, *self.h]
        told = [f"Before the first step: {_v('h', 0)} = {_n(self.h0)}, and all inputs wait."]
        for t in range(1, T + 1):
            told.append(
                f"Forward, step {t}: {_v('h', t)} = tanh({_v('x', t)} + <i>w</i> {_v('h', t - 1)}) "
                f"= tanh({_n(self.x[t - 1])} + {_n(self.w)} · {_factor(before[t - 1])}) "
                f"= {_n(self.h[t - 1])}. It is the output as well."
            )
        losses = [0.5 * error**2 for error in self.errors]
        told.append(
            f"The loss: half the squared errors, and their mean, ({_added(losses)}) / {T} "
            f"= {_n(sum(losses) / T)}."
        )
        for t in range(T, 0, -1):
            told.append(f"Backward, step {t}: {self._arrives(t)}")
            share = (
                f"{_v('h', t - 1)} {_d('a', t)} = {_n(before[t - 1])} · {_factor(self.da[t - 1])}"
            )
            told.append(
                f"Backward, step {t}: the slope of tanh is 1 − {_factor(self.h[t - 1])}² "
                f"= {_n(1 - self.h[t - 1] ** 2)}, so {_d('a', t)} = {_n(self.da[t - 1])}. "
                f"This step adds {share} = {_n(self.terms[t - 1])} to <i>dw</i>."
            )
        told.append(
            "All steps have added their term: <i>dw</i> = "
            + f"{_added(self.terms)} = {_n(sum(self.terms))}."
        )
        return told

    def _arrives(self, t: int) -> str:
        """How the total gradient of state t comes about."""
        error = self.errors[t - 1]
        above = f"comes the error over {self.T}, {_n(error)} / {self.T} = {_n(error / self.T)}"
        if t == self.T:
            return f"nothing comes from the right. From above {above}, and this is {_d('h', t)}."
        right = self.w * self.da[t]
        return (
            f"from above {above}; from the right "
            f"<i>w</i> {_d('a', t + 1)} = {_n(self.w)} · {_factor(self.da[t])} = {_n(right)}; "
            f"together {_d('h', t)} = {_n(self.dh[t - 1])}."
        )

    def svg(self) -> str:
        """The drawing. What appears at stage s is marked ``data-from="s"``."""
        T = self.T
        width = LEFT + GAP * T + RIGHT
        parts = [self._start()]
        for t in range(1, T + 1):
            parts += [self._forward(t), self._backward(t)]
        parts.append(self._sum(width))
        return (
            f'<svg viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" role="img" '
            f'aria-label="{escape(self._alt())}">{_MARKERS}{"".join(parts)}</svg>'
        )

    def _alt(self) -> str:
        return (
            f"The network unrolled over {self.T} steps. Each state has its input below, its target "
            "and error above, and its gradient beside it. Arrows lead from state to state, dashed "
            "arrows back. Below each step stands the term that it adds to the gradient of the "
            "recurrent weight, and at the bottom their sum. The list that follows gives the "
            "numbers."
        )

    def _start(self) -> str:
        return _circle(LEFT - 40, STATE_Y, dashed=True) + _label(
            LEFT - 40, STATE_Y + 5, _svg_symbol("h", 0), "name"
        ) + _label(LEFT - 40, STATE_Y + 46, _n(self.h0), "hidden")  # fmt: skip

    def _forward(self, t: int) -> str:
        x = LEFT + GAP * (t - 1) + 80
        before = x - (GAP if t > 1 else 120)
        state = (
            _arrow(before + 26, STATE_Y, x - 28, STATE_Y, "hidden")
            + _arrow(x, INPUT_Y - 22, x, STATE_Y + 28, "input")
            + _circle(x, STATE_Y)
            + _label(x, STATE_Y + 5, _svg_symbol("h", t), "name")
            + _label(x + 42, STATE_Y + 34, _n(self.h[t - 1]), "hidden")
        )
        source = _box(x, INPUT_Y, "input") + _label(
            x, INPUT_Y + 5, f"{_svg_symbol('x', t)} = {_short(self.x[t - 1])}"
        )
        error = (
            _arrow(x, STATE_Y - 28, x, OUTPUT_Y + 24, "output")
            + _box(x, OUTPUT_Y, "output")
            + _label(x, OUTPUT_Y + 5, f"{_svg_symbol('y', t)} = {_short(self.y[t - 1])}")
            + _label(x, OUTPUT_Y - 30, f"error {_n(self.errors[t - 1])}", "output")
        )
        return source + _group(t, state) + _group(self.T + 1, error)

    def _backward(self, t: int) -> str:
        x = LEFT + GAP * (t - 1) + 80
        arrives = self.T + 2 + 2 * (self.T - t)
        gradient = _arrow(x - 14, OUTPUT_Y + 22, x - 14, STATE_Y - 30, "gradient", dashed=True)
        if t < self.T:
            gradient += _arrow(
                x + GAP - 32, STATE_Y + 12, x + 32, STATE_Y + 12, "gradient", dashed=True
            )
        gradient += _label(
            x + 8, STATE_Y - 44, f"{_svg_d('h', t)} = {_n(self.dh[t - 1])}", "gradient start"
        )
        share = (
            _label(
                x + 8, STATE_Y - 26, f"{_svg_d('a', t)} = {_n(self.da[t - 1])}", "gradient start"
            )
            + _label(x, TERM_Y, f"{_svg_symbol('h', t - 1)} · {_svg_d('a', t)}", "gradient")
            + _label(x, TERM_Y + 20, f"= {_n(self.terms[t - 1])}", "gradient")
        )
        return _group(arrives, gradient) + _group(arrives + 1, share)

    def _sum(self, width: int) -> str:
        """The running sum at the bottom: a number for each stage at which it changes.

        All but the last are hidden where nobody steps through the figure.
        """
        text, total = "", 0.0
        first = self.T + 3
        for number, t in enumerate(range(self.T, 0, -1)):
            total += self.terms[t - 1]
            stage = first + 2 * number
            until = "" if t == 1 else f' data-until="{stage + 1}" class="hidden-part"'
            text += (
                f'<g data-from="{stage}"{until}>'
                + _label(width / 2, SUM_Y + 12, f"{_italic('dw')} = {_n(total)}", "gradient big")
                + "</g>"
            )
        y = SUM_Y - 16
        return f'<line class="rule" x1="{LEFT}" x2="{width - RIGHT}" y1="{y}" y2="{y}"/>{text}'

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{text}</li>" for text in self.steps())
        return (
            f'<bptt-stepper data-start="{self.T + 1}"><figure class="stepper">'
            f'<div class="stepper-picture" tabindex="0" role="group" '
            f'aria-label="Drawing of the network">{self.svg()}</div>'
            '<figcaption class="stepper-caption">One unit, forward and back again. Solid '
            "arrows: what is computed. Dashed arrows: gradients.</figcaption>"
            f'<ol class="stepper-steps" start="0">{items}</ol></figure></bptt-stepper>'
        )


_MARKERS = "<defs>" + "".join(
    f'<marker id="stepper-{role}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    f'markerHeight="7" orient="auto"><path class="tip {role}" d="M0 0L8 4L0 8z"/></marker>'
    for role in ("input", "hidden", "output", "gradient")
) + "</defs>"  # fmt: skip


def _n(value: float) -> str:
    """A number with three places, and a proper minus sign."""
    return f"{value + 0.0:.3f}".replace("-", "−")


def _factor(value: float) -> str:
    """A number as the second factor of a product: in brackets if it is negative."""
    return f"({_n(value)})" if value < 0 else _n(value)


def _added(values: Sequence[float]) -> str:
    """A sum written out, with a minus sign for each negative term."""
    first, *others = values
    signs = (f" {'−' if value < 0 else '+'} {_n(abs(value))}" for value in others)
    return _n(first) + "".join(signs)


def _short(value: float) -> str:
    """A number with up to three digits, for what is given."""
    return f"{value:.3g}".replace("-", "−")


def _v(letter: str, t: int) -> str:
    return f"<i>{letter}</i><sub>{t}</sub>"


def _d(letter: str, t: int) -> str:
    return f"<i>d{letter}</i><sub>{t}</sub>"


def _italic(text: str) -> str:
    return f'<tspan font-style="italic">{text}</tspan>'


def _svg_symbol(letter: str, t: int) -> str:
    """A letter with an index; what follows it stands on the line again."""
    return (
        f'{_italic(letter)}<tspan dy="4" font-size="70%">{t}</tspan><tspan dy="-4">&#8203;</tspan>'
    )


def _svg_d(letter: str, t: int) -> str:
    return _svg_symbol(f"d{letter}", t)


def _group(stage: int, content: str) -> str:
    return f'<g data-from="{stage}">{content}</g>'


def _label(x: float, y: float, text: str, role: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{role}">{text}</text>'


def _circle(x: float, y: float, dashed: bool = False) -> str:
    extra = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<circle class="node hidden" cx="{x:g}" cy="{y:g}" r="25"{extra}/>'


def _box(x: float, y: float, role: str) -> str:
    return (
        f'<rect class="node {role}" x="{x - 40:g}" y="{y - 20:g}" width="80" height="40" rx="7"/>'
    )


def _arrow(x0: float, y0: float, x1: float, y1: float, role: str, dashed: bool = False) -> str:
    extra = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<line class="arrow {role}" x1="{x0:g}" y1="{y0:g}" x2="{x1:g}" y2="{y1:g}"{extra} '
        f'marker-end="url(#stepper-{role})"/>'
    )
