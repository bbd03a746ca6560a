"""Reverse-mode automatic differentiation of NumPy code: the gradient of anything
(book/bptt/autograd).

A `Value` holds an array. What is computed with it, by operators, by NumPy's own functions
(`np.tanh`, `np.exp`, `np.stack`, ...) or by those below, is again a value, which knows what it was
computed from and how its gradient goes back to that. `backward` visits all of them once, the
youngest first:

    W = Value(rng.normal(size=(4, 3)))
    loss = (np.tanh(x @ W) ** 2).mean()
    loss.backward()
    W.grad                                        # dloss/dW, of the shape of W

For parameters in a dict, `value_and_grad(loss_of)(params, *batch)` returns the loss and a dict of
gradients. Called with plain arrays, all functions just compute, and return arrays.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np

Operand = Any  #: a Value, an array or a number
Gradient = np.ndarray | np.floating
Axis = int | tuple[int, ...] | None

_numbers = count()
_number_of = attrgetter("number")


class Value:
    """An array, the values that it was computed from, and after `backward` its gradient.

    Args:
        data: the array; whole numbers become float64.
        uses: one triple for each value that it was computed from: that value, the function from
            the gradient of this one to its contribution, and the part of that value concerned.
    """

    def __init__(self, data: Operand, uses: Sequence[tuple["Value", Callable, Any]] = ()) -> None:
        array = np.asanyarray(data)
        self.data = array if array.dtype.kind == "f" else array.astype(float)
        self.grad: Any = None  # an array of the same shape, after `backward`
        self.uses = uses
        self.number = next(_numbers)  # what a value was computed from has smaller numbers
        self._own = False  # whether `grad` is this value's alone, to be changed in place

    def backward(self) -> None:
        """Set `grad` of this value, and of all that it was computed from, to dself/dvalue.

        Raises ValueError if this value is not a single number.
        """
        if self.data.size != 1:
            raise ValueError(f"backward: shape {self.shape}, expected a single number")
        found, waiting = {self}, [self]
        while waiting:
            new = {used for used, _, _ in waiting.pop().uses} - found
            found |= new
            waiting += new
        for value in found:
            value.grad = None
        self.grad = np.ones_like(self.data)
        for value in sorted(found, key=_number_of, reverse=True):
            for used, contribution, part in value.uses:
                if value.grad is not None:
                    used.receive(contribution(value.grad), part)
        for value in found:
            value._make_own()

    def receive(self, gradient: Gradient, part: Any = ...) -> None:
        """Add to `grad`, or to a part of it, what one use of this value contributes.

        Args:
            gradient: the contribution; where broadcasting repeated this value, that of each copy.
            part: the index of the part that was used.
        """
        if part is ...:
            gradient = _sum_to(gradient, self.data.shape)
            # Not in place: the first contribution may be somebody else's array.
            self.grad = gradient if self.grad is None else self.grad + gradient
            self._own = False
            return
        if self.grad is None:
            self.grad, self._own = np.zeros_like(self.data), True
        grad = self._make_own()
        if any(isinstance(i, np.ndarray | list) for i in (part if _is_tuple(part) else (part,))):
            np.add.at(grad, part, gradient)  # an entry may have been taken several times
        else:
            grad[part] += gradient

    def _make_own(self) -> Any:
        if not self._own and self.grad is not None:
            self.grad, self._own = np.array(self.grad), True
        return self.grad

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    dtype = property(lambda self: self.data.dtype)
    T = property(lambda self: transpose(self))

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"Value({np.array2string(self.data, prefix='Value(')})"

    def __neg__(self) -> "Value":
        return multiply(self, -1)

    def __add__(self, other: Operand) -> "Value":
        return add(self, other)

    __radd__ = __add__

    def __sub__(self, other: Operand) -> "Value":
        return subtract(self, other)

    def __rsub__(self, other: Operand) -> "Value":
        return subtract(other, self)

    def __mul__(self, other: Operand) -> "Value":
        return multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> "Value":
        return divide(self, other)

    def __rtruediv__(self, other: Operand) -> "Value":
        return divide(other, self)

    def __pow__(self, exponent: Any) -> "Value":
        return power(self, exponent)

    def __matmul__(self, other: Operand) -> "Value":
        return matmul(self, other)

    def __rmatmul__(self, other: Operand) -> "Value":
        return matmul(other, self)

    def __getitem__(self, index: Any) -> "Value":
        return _record(self.data[index], (self, lambda dy: dy), part=index)

    def __setitem__(self, index: Any, value: Operand) -> None:
        raise TypeError("A Value is not changed in place: collect parts in a list and np.stack it.")

    def sum(self, axis: Axis = None, keepdims: bool = False) -> "Value":
        return sum(self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> "Value":
        return mean(self, axis, keepdims)

    def reshape(self, *shape: Any) -> "Value":
        return reshape(self, shape[0] if _is_tuple(shape[0]) else shape)

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("A Value cannot be put into an array: np.stack a list, or take its .data.")

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise TypeError(f"np.{ufunc.__name__}: a Value takes neither options nor out=")
        return self.__array_function__(ufunc, (), operands, {})

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function not in _OF_NUMPY:
            raise TypeError(f"np.{function.__name__}: its gradient is not in course_lib.autograd")
        return _OF_NUMPY[function](*args, **options)


def value_and_grad(loss_of: Callable[..., Value]) -> Callable[..., Any]:
    """From a function that computes a loss, make one that returns its gradients too.

    Args:
        loss_of: called as loss_of(params, *batch) with a dict of values, returns the loss.

    Returns:
        A function that is called as f(params, *batch) with a dict of arrays, and returns the loss,
        a number, and the gradients, a dict of arrays with the same names and shapes.
    """

    def evaluate(params: Mapping[str, np.ndarray], *batch: Any, **options: Any) -> Any:
        values = {name: Value(array) for name, array in params.items()}
        loss = loss_of(values, *batch, **options)
        if not isinstance(loss, Value):
            raise ValueError("loss_of: its result does not depend on the parameters")
        loss.backward()
        grads = {
            name: np.zeros_like(value.data) if value.grad is None else value.grad
            for name, value in values.items()
        }
        return loss.data[()], grads

    return evaluate


# Each operation: what it computes, and beside each operand how dL/dy goes back to it.


def add(a: Operand, b: Operand) -> Any:
    """a + b."""
    return _record(_data(a) + _data(b), (a, lambda dy: dy), (b, lambda dy: dy))


def subtract(a: Operand, b: Operand) -> Any:
    """a - b."""
    return _record(_data(a) - _data(b), (a, lambda dy: dy), (b, lambda dy: -dy))


def multiply(a: Operand, b: Operand) -> Any:
    """a * b, entry by entry."""
    x, y = _data(a), _data(b)
    return _record(x * y, (a, lambda dz: dz * y), (b, lambda dz: dz * x))


def divide(a: Operand, b: Operand) -> Any:
    """a / b, entry by entry."""
    x, y = _data(a), _data(b)
    return _record(x / y, (a, lambda dz: dz / y), (b, lambda dz: -dz * x / y**2))


def power(a: Operand, exponent: Any) -> Any:
    """a ** exponent, the exponent a plain number."""
    if isinstance(exponent, Value):
        raise TypeError("power: the exponent must be a plain number")
    x = _data(a)
    return _record(x**exponent, (a, lambda dy: dy * exponent * x ** (exponent - 1)))


def matmul(a: Operand, b: Operand) -> Any:
    """a @ b; axes in front of the last two of `a` or of both are worked on side by side."""
    x, y = np.asanyarray(_data(a)), np.asanyarray(_data(b))
    if y.ndim == 1:
        return reshape(matmul(a, reshape(b, (-1, 1))), x.shape[:-1])
    if x.ndim == 1:
        return reshape(matmul(reshape(a, (1, -1)), b), y.shape[:-2] + y.shape[-1:])

    def to_b(dz: Gradient) -> Gradient:
        if y.ndim == 2:  # the same matrix for all rows: one product instead of a sum of many
            return x.reshape(-1, x.shape[-1]).T @ dz.reshape(-1, dz.shape[-1])
        return np.swapaxes(x, -1, -2) @ dz

    return _record(x @ y, (a, lambda dz: dz @ np.swapaxes(y, -1, -2)), (b, to_b))


def exp(a: Operand) -> Any:
    """e to the a."""
    y = np.exp(_data(a))
    return _record(y, (a, lambda dy: dy * y))


def log(a: Operand) -> Any:
    """The natural logarithm."""
    x = _data(a)
    return _record(np.log(x), (a, lambda dy: dy / x))


def tanh(a: Operand) -> Any:
    """The hyperbolic tangent."""
    y = np.tanh(_data(a))
    return _record(y, (a, lambda dy: dy * (1 - y**2)))


def sigmoid(a: Operand) -> Any:
    """1 / (1 + exp(-a)), which cannot overflow in this form."""
    y = (1 + np.tanh(_data(a) / 2)) / 2
    return _record(y, (a, lambda dy: dy * y * (1 - y)))


def maximum(a: Operand, b: Operand) -> Any:
    """The larger of a and b, entry by entry; where they are equal, the gradient goes to b."""
    x, y = _data(a), _data(b)
    return _record(np.maximum(x, y), (a, lambda dz: dz * (x > y)), (b, lambda dz: dz * ~(x > y)))


def relu(a: Operand) -> Any:
    """max(a, 0)."""
    return maximum(a, 0.0)


def where(condition: np.ndarray, a: Operand, b: Operand) -> Any:
    """a where the condition, an array of bool, holds, else b."""
    return _record(
        np.where(condition, _data(a), _data(b)),
        (a, lambda dy: np.where(condition, dy, 0)),
        (b, lambda dy: np.where(condition, 0, dy)),
    )


def sum(a: Operand, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum over all axes, or over those named."""
    x = _data(a)

    def back(dy: Gradient) -> np.ndarray:
        return np.broadcast_to(_with_axes(dy, axis, keepdims), x.shape)

    return _record(x.sum(axis=axis, keepdims=keepdims), (a, back))


def mean(a: Operand, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean over all axes, or over those named."""
    total = sum(a, axis, keepdims)
    return divide(total, _data(a).size / max(1, _data(total).size))


def logsumexp(a: Operand, axis: int = -1, keepdims: bool = False) -> Any:
    """log(sum(exp(a))) over an axis; the largest entry is taken out first, against overflow."""
    x = _data(a)
    top = x.max(axis=axis, keepdims=True)
    y = np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top

    def back(dy: Gradient) -> np.ndarray:
        return _with_axes(dy, axis, keepdims) * np.exp(x - y)

    return _record(y if keepdims else y.squeeze(axis), (a, back))


def log_softmax(o: Operand) -> Any:
    """The logarithm of the softmax over the last axis."""
    return subtract(o, logsumexp(o, keepdims=True))


def softmax(o: Operand) -> Any:
    """Probabilities over the last axis, from scores."""
    return exp(log_softmax(o))


def embedding(E: Operand, ids: np.ndarray) -> Any:
    """Take the row E[id] (D,) for each id, from E (V, D): one_hot(ids) @ E without the product.

    Raises ValueError for ids that are no whole numbers in 0..V-1.
    """
    ids = np.asarray(ids)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"ids: dtype {ids.dtype}, expected integer")
    if ids.size and (ids.min() < 0 or ids.max() >= len(E)):
        raise ValueError(f"ids: must lie in 0..{len(E) - 1}, got {ids.min()}..{ids.max()}")
    return E[ids]


def cross_entropy(
    o: Operand, y: np.ndarray, mask: np.ndarray | None = None, reduction: str = "mean"
) -> Any:
    """-log softmax(o)[y], its mean over the positions that count.

    Args:
        o: scores, (..., K).
        y: the right classes, whole numbers in 0..K-1, of shape (...).
        mask: which positions count, of the shape of y; all of them if it is left out.
        reduction: "mean", "sum", or "none" for the loss of each position, (...), 0 where the mask
            is False.

    Raises:
        ValueError: for shapes that do not fit, another class, another name of a reduction, or a
            mean over no position.
    """
    y = np.asarray(y)
    counted = _counted(o, y.shape, mask, reduction)
    K = o.shape[-1]
    classes = y[counted]
    if classes.size and (classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= K):
        raise ValueError(f"y: classes must be whole numbers in 0..{K - 1}")
    picked = log_softmax(o[counted])[np.arange(len(classes)), classes]
    return _reduce(multiply(picked, -1), counted, reduction)


def squared_error(
    o: Operand, y: np.ndarray, mask: np.ndarray | None = None, reduction: str = "mean"
) -> Any:
    """Half the squared error, summed over the last axis: its mean over the positions that count.

    Args:
        o: what was computed, (..., K).
        y: what is right, of the same shape.
        mask: which positions count, (...); all of them if it is left out.
        reduction: as in `cross_entropy`.

    Raises:
        ValueError: for shapes that do not fit, another name of a reduction, or a mean over no
            position.
    """
    y = np.asarray(y)
    if o.shape != y.shape:
        raise ValueError(f"squared_error: o {o.shape}, y {y.shape}, expected the same shape")
    counted = _counted(o, y.shape[:-1], mask, reduction)
    return _reduce(sum((o[counted] - y[counted]) ** 2, axis=-1), counted, reduction) / 2


def _counted(o: Operand, shape: tuple, mask: np.ndarray | None, reduction: str) -> np.ndarray:
    """The mask as an array, after a look at all that the losses have in common."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: {reduction!r}, expected one of mean, sum, none")
    if o.shape[:-1] != shape:
        raise ValueError(f"y: shape {shape}, expected {o.shape[:-1]}, for scores {o.shape}")
    counted = np.ones(shape, dtype=bool) if mask is None else np.asarray(mask)
    if counted.shape != shape or counted.dtype != bool:
        raise ValueError(f"mask: {counted.dtype} {counted.shape}, expected bool {shape}")
    if reduction == "mean" and not counted.any():
        raise ValueError("mask: no position is left to take the mean over")
    return counted


def _reduce(losses: Operand, counted: np.ndarray, reduction: str) -> Any:
    """From the losses of the positions that count to what was asked for."""
    if reduction == "mean":
        return mean(losses)
    if reduction == "sum":
        return sum(losses)
    places = np.cumsum(counted).reshape(counted.shape) - 1
    if not counted.any():
        return np.zeros(counted.shape)
    return where(counted, losses[np.maximum(places, 0)], 0.0)


def reshape(a: Operand, shape: Any) -> Any:
    """The same entries in another shape."""
    x = _data(a)
    return _record(x.reshape(shape), (a, lambda dy: dy.reshape(x.shape)))


def transpose(a: Operand, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order: backwards, or as named."""
    back = None if axes is None else np.argsort(axes)
    return _record(_data(a).transpose(axes), (a, lambda dy: dy.transpose(back)))


def concatenate(parts: Sequence[Operand], axis: int = 0) -> Any:
    """Join arrays along an axis that they have."""
    arrays = [_data(part) for part in parts]
    ends = np.cumsum([array.shape[axis] for array in arrays])

    def back(i: int) -> Callable[[Gradient], Gradient]:
        places = range(ends[i] - arrays[i].shape[axis], ends[i])
        return lambda dy: dy.take(places, axis=axis)

    return _record(
        np.concatenate(arrays, axis=axis), *((part, back(i)) for i, part in enumerate(parts))
    )


def stack(parts: Sequence[Operand], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""

    def back(i: int) -> Callable[[Gradient], Gradient]:
        return lambda dy: dy.take(i, axis=axis)

    return _record(
        np.stack([_data(part) for part in parts], axis=axis),
        *((part, back(i)) for i, part in enumerate(parts)),
    )


def _data(operand: Operand) -> Any:
    if isinstance(operand, Value):
        return operand.data
    return operand if isinstance(operand, int | float) else np.asanyarray(operand)


def _record(result: Any, *uses: tuple[Operand, Callable], part: Any = ...) -> Any:
    """The result as a value, unless none of the operands is one."""
    of_values = [(used, back, part) for used, back in uses if isinstance(used, Value)]
    return Value(result, of_values) if of_values else result


def _sum_to(gradient: Gradient, shape: tuple[int, ...]) -> Gradient:
    """Undo broadcasting: add up over the axes along which an array of this shape was repeated."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(i for i, n in enumerate(shape) if n == 1 != gradient.shape[i])
    return gradient.sum(axis=repeated, keepdims=True)


def _with_axes(dy: Gradient, axis: Axis, keepdims: bool) -> Gradient:
    return dy if keepdims or axis is None else np.expand_dims(dy, axis)


def _is_tuple(x: object) -> bool:
    return isinstance(x, tuple)


_OF_NUMPY: dict[Any, Callable] = {
    np.negative: lambda a: multiply(a, -1),
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.power: power,
    np.square: lambda a: power(a, 2),
    np.sqrt: lambda a: power(a, 0.5),
    np.matmul: matmul,
    np.exp: exp,
    np.log: log,
    np.tanh: tanh,
    np.maximum: maximum,
    np.where: where,
    np.sum: sum,
    np.mean: mean,
    np.reshape: reshape,
    np.transpose: transpose,
    np.concatenate: concatenate,
    np.stack: stack,
    np.shape: lambda a: a.shape,
    np.zeros_like: lambda a, **options: np.zeros_like(a.data, **options),
}
