"""Figures of the page on what decides whether gradients vanish or explode."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from course_lib.plots.primitives.curves import SIZE, add_legend
from course_lib.plots.primitives.style import COLORS, subplots


def circle_images(
    matrices: Mapping[str, Float[np.ndarray, "2 2"]], powers: Sequence[int] = (0, 1, 2, 4)
) -> Figure:
    """What becomes of all gradients of length 1 under powers of a matrix: a circle, and ellipses.

    Args:
        matrices: by name; one panel each. A row v becomes v A^T, as a gradient does.
        powers: how often it is multiplied.
    """
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    images = {
        name: [circle @ np.linalg.matrix_power(A, n).T for n in powers]
        for name, A in matrices.items()
    }
    width, height = 1.08 * np.abs(np.concatenate([*images.values()], axis=1)).max(axis=(0, 1))
    inches = SIZE[0] - 0.8  # a unit is as long upwards as sideways
    figure, axes = subplots(
        len(matrices), 1, squeeze=False, sharex=True, sharey=True,
        figsize=(SIZE[0], len(matrices) * (inches * height / width + 0.35) + 1.2),
    )  # fmt: skip
    for ax, (name, ellipses) in zip(axes.flat, images.items(), strict=True):
        for n, image in zip(powers, ellipses, strict=True):
            label = "length 1" if n == 0 else f"after {n} step{'s' * (n > 1)}"
            ax.plot(*image.T, label=label)
        ax.set(title=name, aspect="equal", xlim=(-width, width), ylim=(-height, height))
        ax.set(ylabel="unit 2", yticks=(-1, 0, 1))
    axes.flat[-1].set_xlabel("unit 1")
    add_legend(figure, axes.flat[0])
    return figure


def norm_panels(
    norms: Mapping[str, Mapping[str, Float[np.ndarray, " lags"]]],
    limits: tuple[float, float] = (1e-16, 1e12),
) -> Figure:
    """Gradient norm against time lag: a panel for each activation, a curve for each matrix.

    Args:
        norms: by activation, then by the matrix's name, the norms for the lags 1, 2, ...; the
            names are the same in all panels.
        limits: the smallest and largest norm shown.
    """
    figure, axes = subplots(
        len(norms), 1, figsize=(SIZE[0], 1.75 * len(norms) + 0.9), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    for ax, (activation, curves) in zip(axes.flat, norms.items(), strict=True):
        ax.axhline(1.0, color=COLORS["neutral"], linewidth=1.0)
        for name, values in curves.items():
            lags = np.arange(1, len(values) + 1)
            ax.plot(lags, np.where(np.asarray(values) > 0, values, np.nan), label=name)
        ax.set(title=activation, yscale="log", ylim=limits)
    axes[-1, 0].set_xlabel("lag in steps")
    figure.supylabel("norm of the product of Jacobians", fontsize=12)
    add_legend(figure, axes[0, 0])
    return figure
