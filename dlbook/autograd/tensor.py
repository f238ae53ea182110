"""Tensor: a NumPy array that remembers how it was computed.

This file is the engine: what a tensor stores, how an operation is recorded, and how
`backward` walks the record. The operations themselves stand in the files beside it, one
file a family: arithmetic, elementwise, reductions, shapes, indexing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dlbook.autograd.arithmetic import Arithmetic
from dlbook.autograd.elementwise import Elementwise
from dlbook.autograd.grad_mode import is_grad_enabled
from dlbook.autograd.indexing import Indexing
from dlbook.autograd.reductions import Reductions
from dlbook.autograd.shapes import Shapes

__all__ = ["Tensor", "as_tensor"]

Backward = Callable[[np.ndarray], tuple[np.ndarray | None, ...]]


class Tensor(Arithmetic, Elementwise, Reductions, Shapes, Indexing):
    """An array, its gradient, and the operation that produced it.

    Parameters
    ----------
    data : array_like
        Real numbers or booleans. An array keeps its dtype and is not copied; Python
        floats become float32 and Python ints int64, as in torch.
    requires_grad : bool
        Whether `backward` shall compute a gradient for this tensor.

    Attributes
    ----------
    data : ndarray
        The values.
    grad : ndarray or None
        d(result)/d(this), of `data`'s shape and dtype. `backward` adds to it on leaves,
        and on tensors that called `retain_grad`.
    requires_grad : bool
    op : str
        Name of the operation that made it; "leaf" for a tensor made by hand.
    parents : tuple of Tensor
        The operation's inputs; empty for a leaf, and once `backward` has used them.

    Raises
    ------
    TypeError
        If `data` holds something else than real numbers or booleans, or if
        `requires_grad` is asked of integers or booleans.
    """

    __slots__ = (
        "_backward",
        "data",
        "grad",
        "op",
        "parents",
        "requires_grad",
        "retains_grad",
    )
    __array_ufunc__ = None  # ndarray * Tensor must call Tensor.__rmul__

    def __init__(self, data: Any, *, requires_grad: bool = False) -> None:
        self.data = as_array(data)
        if requires_grad and self.data.dtype.kind != "f":
            raise TypeError(
                f"only floating-point tensors can require a gradient, "
                f"got {self.data.dtype}"
            )
        self.grad: np.ndarray | None = None
        self.requires_grad = requires_grad
        self.retains_grad = False
        self.op = "leaf"
        self.parents: tuple[Tensor, ...] = ()
        self._backward: Backward | None = None

    @staticmethod
    def from_op(
        data: np.ndarray, parents: tuple[Tensor, ...], backward: Backward, op: str
    ) -> Tensor:
        """Wrap the result of an operation; record it if a gradient will be wanted.

        Parameters
        ----------
        data : ndarray
            The operation's result.
        parents : tuple of Tensor
            Its inputs.
        backward : callable
            Takes the gradient of the result, returns one gradient per parent, each of
            the parent's shape; None for a parent that needs no gradient. It must not
            refer to the result itself: the two would keep each other alive.
        op : str
            Name for error messages and for drawings of the graph.
        """
        out = Tensor.__new__(Tensor)  # not Tensor(data): this runs for every operation
        out.data = data if type(data) is np.ndarray else np.asarray(data)
        out.grad = None
        out.retains_grad = False
        for parent in parents:
            if parent.requires_grad and is_grad_enabled():
                out.requires_grad, out.op = True, op
                out.parents, out._backward = parents, backward
                return out
        out.requires_grad, out.op, out.parents, out._backward = False, "leaf", (), None
        return out

    def _operands(self, other: Any) -> tuple[Tensor, Tensor]:
        """Return self and `other` as two tensors, ready for a binary operation.

        A Python number takes the dtype of self, integers that meet floats take the
        floats' dtype, and a tensor without axes takes the precision of one with axes;
        NumPy alone would turn float32 into float64 here.
        """
        dtype = self.data.dtype
        if isinstance(other, Tensor):
            if other.data.dtype is dtype:  # the common case
                return self, other
        elif type(other) is float and dtype.kind == "f":  # and the next
            return self, Tensor.from_op(np.array(other, dtype), (), None, "leaf")
        a, b = self, as_tensor(other, like=self)
        if dtype.kind != "f" and b.data.dtype.kind == "f":
            a = self.astype(b.data.dtype)
        elif dtype.kind == b.data.dtype.kind and bool(a.ndim) != bool(b.ndim):
            # of two precisions, that of the tensor with axes: a single number has none
            a, b = (a, b.astype(dtype)) if a.ndim else (a.astype(b.data.dtype), b)
        return a, b

    def _as_float(self) -> Tensor:
        """Return self, or integers and booleans as float32, torch's default type."""
        return self if self.data.dtype.kind == "f" else self.astype(np.float32)

    def backward(self, grad: Any | None = None, *, retain_graph: bool = False) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf that self was computed from.

        The graph is used up and its memory freed on the way.

        Parameters
        ----------
        grad : array_like, same shape as self, optional
            Gradient of the final quantity with respect to self; not copied, so that it
            must not be written into while a gradient is in use. Left out, self must
            hold one number, and the gradient is 1.
        retain_graph : bool
            Keep the graph, so that `backward` can run again or the graph be drawn.

        Raises
        ------
        RuntimeError
            If self does not require a gradient, or the graph is used up.
        ValueError
            If `grad` is missing for a tensor of more than one number or has another
            shape, or if an operation returns a gradient of the wrong shape.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "backward() needs a tensor that was computed from at least one tensor "
                "with requires_grad=True"
            )
        order = topological_order(self)
        grads = {id(self): self._starting_gradient(grad)}
        for node in reversed(order):
            grad_out = grads.pop(id(node), None)
            if grad_out is None:  # every path from here to the result gave None
                continue
            backward, parents = node._backward, node.parents
            if backward is None or node.retains_grad:
                total = grad_out if node.grad is None else node.grad + grad_out
                node.grad = np.asarray(total)  # NumPy makes a scalar of a 0-d result
            if backward is None:
                continue
            grads_in = backward(grad_out)
            if len(grads_in) != len(parents):
                raise ValueError(
                    f"backward of {node.op} returned {len(grads_in)} gradients "
                    f"for {len(parents)} inputs"
                )
            for parent, grad_in in zip(parents, grads_in):  # noqa: B905  (as long)
                if grad_in is None or not parent.requires_grad:
                    continue
                data = parent.data
                if grad_in.shape != data.shape:
                    raise ValueError(
                        f"backward of {node.op} returned shape {grad_in.shape} "
                        f"for an input of shape {data.shape}"
                    )
                if grad_in.dtype is not data.dtype:
                    grad_in = grad_in.astype(data.dtype)
                # added out of place: an operation may hand one array to two parents
                key = id(parent)
                grads[key] = grads[key] + grad_in if key in grads else grad_in
            if not retain_graph:
                node._backward, node.parents = None, ()

    def _starting_gradient(self, grad: Any | None) -> np.ndarray:
        if grad is None:
            if self.data.size != 1:
                raise ValueError(
                    f"backward() of a tensor of shape {self.shape} needs `grad`: only "
                    "a single number has an obvious starting gradient, 1"
                )
            return np.ones_like(self.data)
        grad = as_array(grad).astype(self.data.dtype, copy=False)
        if grad.shape != self.shape:
            raise ValueError(
                f"backward(): `grad` has shape {grad.shape}, the tensor {self.shape}"
            )
        return grad

    def retain_grad(self) -> None:
        """Have `backward` keep `.grad` of this result too, not only of leaves.

        Raises
        ------
        RuntimeError
            If self does not require a gradient: none will come.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "retain_grad() needs a tensor that requires a gradient: none will come"
            )
        self.retains_grad = True

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype:
        """Type of the elements."""
        return self.data.dtype

    def numpy(self) -> np.ndarray:
        """Return the values as an array that shares memory with this tensor.

        Raises
        ------
        RuntimeError
            If the tensor requires a gradient: what NumPy computes is not recorded.
            Use ``detach().numpy()``.
        """
        if self.requires_grad:
            raise RuntimeError(
                "numpy() of a tensor that requires a gradient would leave the graph "
                "unnoticed; use detach().numpy()"
            )
        return self.data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Let NumPy functions read the values, under the condition of `numpy`."""
        return np.array(self.numpy(), dtype, copy=copy)

    def item(self) -> float:
        """Return the value of a one-element tensor as a Python number.

        Raises
        ------
        ValueError
            If the tensor holds more or fewer elements than one.
        """
        if self.data.size != 1:
            raise ValueError(
                f"item() needs a tensor of one element, got shape {self.shape}"
            )
        return self.data.item()

    def detach(self) -> Tensor:
        """Return a tensor with the same values that is cut off from the graph."""
        return Tensor(self.data)

    def astype(self, dtype: Any) -> Tensor:
        """Return the tensor in another dtype; its gradient comes back in this one."""
        dtype = np.dtype(dtype)
        if dtype == self.data.dtype:
            return self

        def backward(grad_out):
            return (grad_out.astype(self.data.dtype),)

        if dtype.kind != "f":  # integers and booleans have no gradient
            return Tensor(self.data.astype(dtype))
        return Tensor.from_op(self.data.astype(dtype), (self,), backward, "astype")

    def __len__(self) -> int:
        if self.data.ndim == 0:
            raise TypeError("len() of a tensor without axes")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.data.ndim == 0:
            raise TypeError("iteration over a tensor without axes")
        return (self[i] for i in range(len(self.data)))

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous; "
                "use .data.any() or .data.all()"
            )
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __repr__(self) -> str:
        name = type(self).__name__
        values = np.array2string(
            self.data, separator=", ", precision=4, prefix=f"{name}("
        )
        if self.data.dtype not in (np.float32, np.int64, np.bool_):
            values += f", dtype={self.data.dtype}"
        if self.op != "leaf":
            values += f", op={self.op!r}"
        elif self.requires_grad:
            values += ", requires_grad=True"
        return f"{name}({values})"


def as_array(data: Any) -> np.ndarray:
    """Return `data` as an array of real numbers or booleans, by Tensor's dtype rule."""
    if type(data) is not np.ndarray:
        if isinstance(data, Tensor):
            return data.data
        known = hasattr(data, "dtype")  # NumPy scalars, torch tensors: keep the dtype
        data = np.asarray(data)
        if data.dtype == np.float64 and not known:
            data = data.astype(np.float32)
    if data.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds real numbers or booleans, got {data.dtype}")
    return data


def as_tensor(value: Any, *, like: Tensor | None = None) -> Tensor:
    """Return `value` as a Tensor.

    Parameters
    ----------
    value : Tensor or array_like
        A Tensor comes back as it is, unless it holds integers and `like` floats.
    like : Tensor, optional
        A Python number takes this tensor's dtype, and so do integers and booleans
        where it is a floating-point tensor.

    Raises
    ------
    TypeError
        If `value` holds something else than real numbers or booleans.
    """
    floats = like is not None and like.data.dtype.kind == "f"
    if floats and isinstance(value, (float, int)):  # bool is an int
        return Tensor.from_op(np.array(value, like.data.dtype), (), None, "leaf")
    if like is not None and type(value) is int and like.data.dtype.kind in "iu":
        return Tensor(np.array(value, like.data.dtype))
    tensor = value if isinstance(value, Tensor) else Tensor(value)
    if floats and tensor.data.dtype.kind != "f":
        return Tensor(tensor.data.astype(like.data.dtype))
    return tensor


def topological_order(root: Tensor) -> list[Tensor]:
    """List the graph below `root`, every input before the results made from it.

    A loop with its own stack: recursion would end at Python's limit, about a thousand
    operations deep, which a recurrent network reaches.

    Raises
    ------
    RuntimeError
        If an earlier `backward` has used up a part of the graph.
    """
    order: list[Tensor] = []
    visited: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the inputs of the node below have all been listed
            order.append(stack.pop())
        elif id(node) not in visited:
            visited.add(id(node))
            if node._backward is None:
                if node.op != "leaf":
                    raise RuntimeError(
                        f"backward() was already run through this {node.op}; compute "
                        "the result again, or pass retain_graph=True the first time"
                    )
                order.append(node)
                continue
            stack += (node, None)
            for parent in node.parents:
                if parent.requires_grad and id(parent) not in visited:
                    stack.append(parent)
    return order
