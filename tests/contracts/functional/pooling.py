"""Max, average, power-average and adaptive pooling, unpooling, response normalization.

Rows of max pooling draw distinct numbers, or ties on purpose; `indices` are compared
exactly, being integers.
"""

import numpy as np
from torch.nn import functional as TF

from tests.contracts.inputs import away, distinct, exactly, normal, positive
from tests.contracts.row import Row

NAN, INF = np.nan, np.inf
PLACES = {1: (9,), 2: (7, 9), 3: (5, 6, 7)}
OPTIONS = {
    "kernel 2": {},
    "stride 1": {"stride": 1},
    "stride 3, leaving places out": {"stride": 3},
    "padding 1": {"padding": 1},
    "rounded up": {"stride": 2, "ceil_mode": True},
    "rounded up, padded": {"stride": 2, "padding": 1, "ceil_mode": True},
    "overlapping": {"kernel_size": 3, "stride": 2},
    "overlapping, padded, rounded up": {
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "ceil_mode": True,
    },
    "rounded up, no window behind the input": {
        "kernel_size": 2,
        "stride": 4,
        "padding": 1,
        "ceil_mode": True,
    },
    "kernel 1": {"kernel_size": 1},
}
MAX_OPTIONS = {
    "dilation 2": {"kernel_size": 3, "stride": 1, "dilation": 2},
    "dilation 2, padded, rounded up": {
        "kernel_size": 2,
        "stride": 2,
        "padding": 1,
        "dilation": 2,
        "ceil_mode": True,
    },
    "dilation 2, side by side": {"kernel_size": 2, "stride": 3, "dilation": 2},
    "places": {"return_indices": True},
    "places, padded": {
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "return_indices": True,
    },
}
AVG_OPTIONS = {
    "the padding not counted": {
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "count_include_pad": False,
    },
    "rounded up, the padding not counted": {
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "ceil_mode": True,
        "count_include_pad": False,
    },
}
PER_AXIS = {
    2: {"kernel_size": (2, 3), "stride": (3, 1), "padding": (0, 1)},
    3: {"kernel_size": (1, 2, 3), "stride": (2, 1, 3), "padding": (0, 1, 1)},
}
OVER_TWO = {  # side by side, without padding: the fast way
    "no batch axis": (distinct(3, 6, 8), (2,)),
    "odd lengths": (distinct(2, 2, 5, 7), (2,)),
    "one window": (distinct(2, 3, 2, 3), (2,)),
    "an empty batch": (distinct(0, 2, 4, 4), (2,)),
}


def ties(*shape):
    """Return few different numbers: most windows hold their maximum several times."""
    return lambda rng: rng.integers(0, 3, shape).astype(float)


def with_nan(*shape):
    """Return numbers with ties, a quarter of them nan."""

    def make(rng):
        x = rng.integers(0, 3, shape).astype(float)
        x[rng.random(shape) < 0.25] = NAN
        return x

    return make


def windows(name, maker, more):
    """Return rows of pooling with windows, for one, two and three axes of place."""
    rows = []
    for axes, places in PLACES.items():
        options = OPTIONS | more | ({"per axis": PER_AXIS[axes]} if axes > 1 else {})
        for case, given in options.items():
            given = {"kernel_size": 2} | given
            rows.append(
                Row(
                    f"functional.{name}{axes}d",
                    case,
                    (maker(2, 2, *places),),
                    given,
                    smooth="return_indices" not in given,
                )
            )
        shape = (3, *places)
        rows += [
            Row(
                f"functional.{name}{axes}d",
                "no batch axis",
                (maker(*shape),),
                args=(2,),
            ),
            Row(
                f"functional.{name}{axes}d",
                "an empty batch",
                (maker(0, *shape),),
                args=(3, 2),
            ),
        ]
    return rows


def hard_maxima():
    """Return rows where a window has several maxima, nan, or only -infinity."""
    for axes, places in PLACES.items():
        name = f"functional.max_pool{axes}d"
        for case, maker in (("ties", ties), ("nan", with_nan)):
            for how, options in {
                "pairs": {"kernel_size": 2},
                "pairs and places": {"kernel_size": 2, "return_indices": True},
                "overlapping": {"kernel_size": 3, "stride": 2, "padding": 1},
                "overlapping places": {
                    "kernel_size": 3,
                    "stride": 2,
                    "padding": 1,
                    "dilation": 2 if axes < 3 else 1,
                    "return_indices": True,
                },
            }.items():
                x = maker(2, 2, *places)
                yield Row(name, f"{case}, {how}", (x,), options, smooth=False)
    for case, (x, args) in OVER_TWO.items():
        yield Row("functional.max_pool2d", f"two by two, {case}", (x,), args=args)
    lowest = exactly(np.full((1, 1, 3, 3), -INF))
    for options in ({"padding": 1}, {"padding": 1, "return_indices": True}, {}):
        case = ", ".join(("-infinity everywhere", *options))
        yield Row(
            "functional.max_pool2d",
            case,
            (lowest,),
            {"kernel_size": 2, **options},
            smooth=False,
        )


def adaptive():
    """Return rows of adaptive pooling: equal and unequal windows, one, and all."""
    sizes = {
        1: (3, 4, 1, 9, 12, (2,)),
        2: (1, 2, (3, 4), (7, 9), (5, 12), (None, 3), (1, None), (7, 3)),
        3: (1, 2, (5, 3, 4), (None, 2, 1), (2, None, None)),
    }
    for axes, places in PLACES.items():
        x = distinct(2, 3, *places)
        for size in sizes[axes]:
            for kind in ("avg", "max"):
                name = f"functional.adaptive_{kind}_pool{axes}d"
                yield Row(name, f"{places} to {size}", (x,), args=(size,))
        name = f"functional.adaptive_max_pool{axes}d"
        for size in sizes[axes]:
            for case, maker in (("ties", ties), ("nan", with_nan)):
                yield Row(
                    name,
                    f"places, {case}, to {size}",
                    (maker(2, 2, *places),),
                    {"return_indices": True},
                    (size,),
                    smooth=False,
                )
        for kind in ("avg", "max"):
            name = f"functional.adaptive_{kind}_pool{axes}d"
            yield Row(name, "no batch axis", (distinct(3, *places),), args=(2,))
            for size in (1, 2):
                x = distinct(0, 3, *places)
                yield Row(name, f"an empty batch, to {size}", (x,), args=(size,))
    for kind in ("avg", "max"):
        for size in (2, 4):  # infinity must not reach other windows
            yield Row(
                f"functional.adaptive_{kind}_pool1d",
                f"infinity, to {size}",
                (exactly([[1.0, 2.0, 3.0, 4.0, -INF, 5.0]]),),
                args=(size,),
                smooth=False,
            )


def some_places(number, length):
    """Return a maker of `number` different places in two planes of `length`."""
    return lambda rng: np.stack(
        [rng.permutation(length)[:number] for _ in range(2)]
    ).reshape(1, 2, number)


def unpooling():
    """Return rows of unpooling, from places drawn and from places of max pooling."""
    for axes, places in PLACES.items():
        name = f"functional.max_unpool{axes}d"
        pool, unpool = (
            getattr(TF, f"max_{kind}{axes}d") for kind in ("pool", "unpool")
        )
        for case, options, shape in (
            ("pairs", {"kernel_size": 2}, None),
            ("overlapping", {"kernel_size": 3, "stride": 2, "padding": 1}, places),
            ("the size of before", {"kernel_size": 2}, places),
            ("the shape of before", {"kernel_size": 2}, (2, 2, *places)),
        ):

            def call(f, x, options=options, shape=shape, name=name, axes=axes):
                from dlbook import functional

                pooling = getattr(functional, f"max_pool{axes}d")
                y, indices = pooling(x, **options, return_indices=True)
                return f(y, indices, **options, output_size=shape)

            def theirs(x, options=options, shape=shape, pool=pool, unpool=unpool):
                y, indices = pool(x, **options, return_indices=True)
                return unpool(y, indices, **options, output_size=shape)

            lengths = places if shape else (6, 4, 2)[:axes]
            yield Row(
                name,
                case,
                (distinct(2, 2, *lengths),),
                call=call,
                theirs=theirs,
                smooth=case != "overlapping",  # several numbers, one place
            )
        x, indices = normal(1, 2, *(2,) * axes), some_places(2**axes, 4**axes)

        def shaped(rng, indices=indices, axes=axes):
            return indices(rng).reshape(1, 2, *(2,) * axes)

        yield Row(name, "any places", (x, shaped), args=(2,))
        yield Row(
            name,
            "another stride and padding",
            (normal(1, 2, *(2,) * axes), lambda rng, axes=axes: twos(axes)),
            {"stride": 3, "padding": 1},
            (3,),
        )
        yield Row(
            name,
            "an empty batch",
            (
                normal(0, 2, *(2,) * axes),
                exactly(np.zeros((0, 2, *(2,) * axes)), dtype=int),
            ),
            args=(2,),
        )
    twice = exactly([[[1, 3, 1]]], dtype=int)
    yield Row(
        "functional.max_unpool1d",
        "one place twice",
        (normal(1, 1, 3), twice),
        args=(2,),
        smooth=False,
    )


def twos(axes):
    """Return different places for two planes of 2 to the power of `axes` numbers."""
    return np.stack([np.arange(2**axes), np.arange(2**axes)[::-1]]).reshape(
        1, 2, *(2,) * axes
    )


def powers():
    """Return rows of power-average pooling."""
    for axes, places in PLACES.items():
        name = f"functional.lp_pool{axes}d"
        for p in (1, 2, 3.0, 1.5, INF):
            x = positive(2, 2, *places) if p != INF else away(2, 2, *places)
            yield Row(name, f"p = {p}", (x,), args=(p, 2), rtol32=1e-4)
        x = away(2, 2, *places)
        yield Row(name, "p = 2, both signs", (x,), args=(2, 2), rtol32=1e-4)
        for case, options in {
            "stride 1": {"stride": 1},
            "rounded up": {"stride": 2, "ceil_mode": True},
        }.items():
            yield Row(
                name,
                case,
                (positive(2, 2, *places),),
                {"kernel_size": 3, **options},
                (2,),
                rtol32=1e-4,
            )
        if axes < 3:
            x = exactly(np.zeros((1, 1, *(4,) * axes)))
            for p in (1, 2):
                case = f"only 0, p = {p}"
                yield Row(name, case, (x,), args=(p, 2), smooth=False)
        x = positive(3, *places)
        yield Row(name, "no batch axis", (x,), args=(2, 2), rtol32=1e-4)
    yield Row(
        "functional.lp_pool2d",
        "per axis",
        (positive(2, 2, 5, 7),),
        args=(2, (2, 3), (1, 2)),
        rtol32=1e-4,
    )


LRN = "functional.local_response_norm"
ROWS = [
    *windows("max_pool", distinct, MAX_OPTIONS),
    *hard_maxima(),
    *windows("avg_pool", normal, AVG_OPTIONS),
    *(
        Row(
            f"functional.avg_pool{axes}d",
            f"divisor {divisor}",
            (normal(2, 2, *PLACES[axes]),),
            {"divisor_override": divisor, "stride": 2, "ceil_mode": True},
            (3,),
        )
        for axes in (2, 3)
        for divisor in (1, 5, -2)
    ),
    *adaptive(),
    *unpooling(),
    *powers(),
    *(
        Row(LRN, f"{size} neighbors", (normal(2, 6, 5),), {"alpha": 0.5}, (size,))
        for size in (1, 2, 3, 4, 5, 13, 20)
    ),
    Row(LRN, "images", (normal(2, 5, 3, 4),), {"alpha": 0.5}, (3,)),
    Row(LRN, "volumes", (normal(2, 5, 2, 3, 2),), {"alpha": 0.5}, (3,)),
    Row(LRN, "default options", (normal(2, 5, 3, scale=20),), args=(5,)),
    Row(
        LRN,
        "AlexNet",
        (normal(2, 7, 3, 3, scale=20),),
        {"alpha": 5e-4, "k": 2.0},
        (5,),
    ),
    Row(LRN, "beta 2", (normal(2, 5, 3),), {"alpha": 0.5, "beta": 2.0}, (3,)),
    Row(LRN, "beta 0", (normal(2, 5, 3),), {"alpha": 0.5, "beta": 0.0}, (3,)),
    Row(LRN, "alpha 0", (normal(2, 5, 3),), {"alpha": 0.0, "k": 3.0}, (3,)),
    Row(LRN, "one channel", (normal(2, 1, 3),), {"alpha": 0.5}, (4,)),
    Row(LRN, "an empty batch", (normal(0, 3, 2),), args=(3,)),
]
