"""Optimizer: what every update rule shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor

__all__ = ["Optimizer"]


class Optimizer:
    """Base class of every update rule: parameters in groups, their options and state.

    A subclass passes its options to `__init__`, checks them in `check_options`, and
    changes one parameter in `update`.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Leaf tensors, as from ``model.parameters()``. Or groups: dicts with the key
        "params" and any options that differ from the defaults.
    defaults : dict
        Options for groups that do not set them.

    Attributes
    ----------
    param_groups : list of dict
        Each with "params", a list of Tensor, and every option. Options may be changed
        between steps.
    state : dict
        What the rule remembers, for example a momentum buffer: a dict for each
        parameter, by its position over all groups.

    Raises
    ------
    TypeError
        If `params` is a single Tensor, or holds something else than Tensors or dicts.
    ValueError
        If there is no parameter, one appears twice, one is the result of an operation,
        or a group has an unknown or unusable option. torch only warns of a parameter
        that is twice in one group, and keeps unknown options unused.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        defaults: dict[str, Any],
    ) -> None:
        self.defaults = dict(defaults)
        self.state: dict[int, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        self._scratch: dict[tuple[np.dtype, int], np.ndarray] = {}
        params = self._as_list(params)
        if not params:
            raise ValueError(
                f"{type(self).__name__}: params is empty; an iterator such as "
                "model.parameters() can be used only once"
            )
        grouped = isinstance(params[0], dict)
        for group in params if grouped else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Let the optimizer change more parameters, with options of their own.

        Parameters
        ----------
        group : dict
            "params", an iterable of Tensor; any options; "name" for the reader;
            "initial_lr" for an `LRScheduler` that goes on where another one was.

        Raises
        ------
        TypeError, ValueError
            As the class does.
        """
        kind = type(self).__name__
        if not isinstance(group, dict) or "params" not in group:
            raise TypeError(
                f'{kind}: a parameter group must be a dict with "params", got {group!r}'
            )
        unknown = set(group) - set(self.defaults) - {"params", "name", "initial_lr"}
        if unknown:
            raise ValueError(
                f"{kind}: unknown option {', '.join(sorted(unknown))}; "
                f"options are {', '.join(self.defaults)}"
            )
        group = self.defaults | group
        group["params"] = self._as_list(group["params"])
        if not group["params"]:
            raise ValueError(f"{kind}: a parameter group has no parameters")
        known = {id(p) for other in self.param_groups for p in other["params"]}
        for position, parameter in enumerate(group["params"]):
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"{kind}: params[{position}] must be a Tensor, "
                    f"got {type(parameter).__name__}"
                )
            if parameter.parents:
                raise ValueError(
                    f"{kind}: params[{position}] is the result of {parameter.op}; only "
                    "leaf tensors, such as Parameters, can be optimized"
                )
            if id(parameter) in known:
                raise ValueError(f"{kind}: params[{position}] appears twice")
            known.add(id(parameter))
        self.check_options(group)
        self.param_groups.append(group)

    def _as_list(self, params: Any) -> list[Any]:
        if isinstance(params, Tensor | dict) or not isinstance(params, Iterable):
            raise TypeError(
                f"{type(self).__name__}: params must be an iterable of Tensors or of "
                f"dicts, got {type(params).__name__}"
            )
        return list(params)

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        raise NotImplementedError(f"{type(self).__name__} does not check its options")

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place; never write into ``parameter.grad``."""
        raise NotImplementedError(f"{type(self).__name__} does not define update()")

    def prepare_gradient(
        self, parameter: Tensor, options: Mapping[str, Any]
    ) -> np.ndarray:
        """Apply the weight decay, and return the gradient to descend.

        Weight decay, as most rules understand it, is added to the gradient, like the
        slope of half the sum of squares. With an option "decoupled_weight_decay" that
        is True, it multiplies the parameter instead.

        Parameters
        ----------
        parameter : Tensor
            Has a gradient, which stays as it is: another tensor may share it.
        options : mapping
            "weight_decay" and "maximize", which negates the gradient; "lr", if
            decoupled.

        Returns
        -------
        ndarray, shaped like the parameter
            The gradient itself, only to be read, or ``scratch(parameter.data, 0)``.
        """
        data, gradient = parameter.data, parameter.grad
        assert gradient is not None  # step() skips the others
        decay = float(options["weight_decay"])
        if decay and options.get("decoupled_weight_decay", False):
            data *= 1 - float(options["lr"]) * decay
        elif decay:
            memory = np.multiply(data, decay, out=self.scratch(data))
            add = np.subtract if options["maximize"] else np.add
            return add(memory, gradient, out=memory)
        if options["maximize"]:
            return np.negative(gradient, out=self.scratch(data))
        return gradient

    def step(self) -> None:
        """Change every parameter that has a gradient.

        Raises
        ------
        TypeError, ValueError
            If an option has become unusable, or a gradient has another shape than its
            parameter.
        """
        position = -1
        for group in self.param_groups:
            self.check_options(group)
            for parameter in group["params"]:
                position += 1
                if parameter.grad is None:
                    continue
                if parameter.grad.shape != parameter.data.shape:
                    raise ValueError(
                        f"{type(self).__name__}: parameter {position} has shape "
                        f"{parameter.shape}, its gradient {parameter.grad.shape}"
                    )
                self.update(parameter, self.state.setdefault(position, {}), group)

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def scratch(self, like: np.ndarray, number: int = 0) -> np.ndarray:
        """Return memory to compute in, of the shape and dtype of `like`.

        The same memory each time for one `number`, for all parameters: after the first
        step, no step allocates any.
        """
        key = like.dtype, number
        memory = self._scratch.get(key)
        if memory is None or memory.size < like.size:
            memory = self._scratch[key] = np.empty(like.size, like.dtype)
        return memory[: like.size].reshape(like.shape)

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of state and options, parameters replaced by their positions.

        Returns
        -------
        dict
            "state" and "param_groups", laid out as torch's.
        """
        groups, start = [], 0
        for group in self.param_groups:
            positions = list(range(start, start + len(group["params"])))
            groups.append({**group, "params": positions})
            start += len(positions)
        return {"state": _copy_state(self.state), "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over state and options from `state_dict`, or change nothing.

        Parameters
        ----------
        state_dict : mapping
            As from `state_dict`, of an optimizer with equal groups.

        Raises
        ------
        ValueError
            If the number of groups, of parameters in a group, or the shape of an array
            does not fit, or an option is missing or unusable.
        """
        groups, parameters = [], []
        theirs = state_dict["param_groups"]
        if len(theirs) != len(self.param_groups):
            raise ValueError(
                f"load_state_dict: the state has {len(theirs)} parameter groups, "
                f"expected {len(self.param_groups)}"
            )
        for i, (ours, loaded) in enumerate(zip(self.param_groups, theirs, strict=True)):
            if len(loaded["params"]) != len(ours["params"]):
                raise ValueError(
                    f"load_state_dict: group {i} has {len(loaded['params'])} "
                    f"parameters, expected {len(ours['params'])}"
                )
            missing = [name for name in self.defaults if name not in loaded]
            if missing:
                raise ValueError(
                    f"load_state_dict: group {i} lacks {', '.join(missing)}"
                )
            groups.append({**loaded, "params": ours["params"]})
            self.check_options(groups[-1])
            parameters += ours["params"]
        state = _copy_state(state_dict["state"])
        for position, remembered in state.items():
            if position not in range(len(parameters)):
                raise ValueError(
                    f"load_state_dict: state for parameter {position} of "
                    f"{len(parameters)}"
                )
            expected = parameters[position].shape
            for name, value in remembered.items():
                if isinstance(value, np.ndarray) and value.shape not in (expected, ()):
                    raise ValueError(
                        f"load_state_dict: {name} of parameter {position} has shape "
                        f"{value.shape}, expected {expected}"
                    )
        self.param_groups, self.state = groups, state

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]
        return f"{type(self).__name__} (\n" + "\n".join(lines) + "\n)"


def _copy_state(state: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    return {
        position: {
            name: value.copy() if isinstance(value, np.ndarray) else value
            for name, value in remembered.items()
        }
        for position, remembered in state.items()
    }
