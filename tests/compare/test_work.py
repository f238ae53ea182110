"""The formulas count what the definitions do, number by number."""

import math

import numpy as np
import pytest

from dlbook.compare import work
from dlbook.compare.work import Work


class Counted:
    """A number that counts what is done with numbers of its kind."""

    count = 0

    def __init__(self, value):
        self.value = value

    @staticmethod
    def of(array):
        return np.vectorize(Counted, otypes=[object])(np.asarray(array, float))

    @classmethod
    def note(cls, value):
        cls.count += 1
        return Counted(value)

    def __add__(self, other):
        return self.note(self.value + _value(other))

    def __sub__(self, other):
        return self.note(self.value - _value(other))

    def __mul__(self, other):
        return self.note(self.value * _value(other))

    def __truediv__(self, other):
        return self.note(self.value / _value(other))

    def __rtruediv__(self, other):
        return self.note(_value(other) / self.value)

    def __neg__(self):
        return self.note(-self.value)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return self.note(math.exp(self.value))

    def tanh(self):
        return self.note(math.tanh(self.value))

    def sqrt(self):
        return self.note(math.sqrt(self.value))

    def larger(self, other):
        return self.note(max(self.value, other.value))


def _value(number):
    return number.value if isinstance(number, Counted) else number


def counted(compute, *shapes):
    """Return how many operations `compute` does on arrays of these shapes."""
    rng = np.random.default_rng(0)
    arrays = [Counted.of(rng.standard_normal(shape)) for shape in shapes]
    Counted.count = 0
    compute(*arrays)
    return Counted.count


def dot(a, b, start):
    for one, other in zip(a, b, strict=True):
        start = start + one * other
    return start


def total(numbers):
    first, *others = numbers
    for number in others:
        first = first + number
    return first


def linear(x, w, b):
    return [[dot(row, column, c) for column, c in zip(w, b, strict=True)] for row in x]


def softmax(row):
    top = row[0]
    for number in row[1:]:
        top = top.larger(number)
    powers = [(number - top).exp() for number in row]
    whole = total(powers)
    return [power / whole for power in powers]


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def test_linear():
    assert counted(linear, (3, 4), (5, 4), (5,)) == work.linear_work(3, 4, 5).flops


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2), (1, 1)])
def test_conv2d(stride, padding):
    def convolve(x, w, b):
        edge = ((0, 0), (0, 0), (padding, padding), (padding, padding))
        x = np.pad(x, edge, constant_values=Counted(0.0))
        size = 0
        for image in x:
            for kernel, start in zip(w, b, strict=True):
                for i in range(0, x.shape[2] - 2, stride):
                    for j in range(0, x.shape[3] - 2, stride):
                        window = image[:, i : i + 3, j : j + 3]
                        dot(window.ravel(), kernel.ravel(), start)
                        size += 1
        sizes.append(size)

    sizes = []
    found = counted(convolve, (2, 3, 6, 7), (4, 3, 3, 3), (4,))
    formula = work.conv2d_work(2, 3, 6, 7, 4, 3, stride=stride, padding=padding)
    assert found == formula.flops
    numbers = 2 * 3 * 6 * 7 + 4 * 3 * 9 + 4 + sizes[0]
    assert formula.moved == 4 * numbers


def test_softmax():
    rows = counted(lambda x: [softmax(row) for row in x], (3, 6))
    assert rows == work.softmax_work(3, 6).flops


def test_layer_norm():
    def normalize(x, weight, bias):
        for row in x:
            mean = total(row) / len(row)
            centered = [number - mean for number in row]
            variance = total([c * c for c in centered]) / len(row)
            deviation = (variance + 1e-5).sqrt()
            for c, w, b in zip(centered, weight, bias, strict=True):
                c / deviation * w + b

    found = counted(normalize, (3, 5), (5,), (5,))
    assert found == work.layer_norm_work(3, 5).flops


def test_gelu():
    def gelu(x):
        for v in x:
            inner = (v + v * v * v * 0.044715) * 0.79788456
            v * 0.5 * (inner.tanh() + 1.0)

    assert counted(gelu, (7,)) == work.gelu_work(7).flops


def test_addition():
    assert counted(lambda a, b: a + b, (7,), (7,)) == work.addition_work(7).flops


@pytest.mark.parametrize("kernel", [2, 3])
def test_max_pool2d(kernel):
    def pool(x):
        for image in x.reshape(-1, *x.shape[2:]):
            for i in range(0, image.shape[0] - kernel + 1, kernel):
                for j in range(0, image.shape[1] - kernel + 1, kernel):
                    window = image[i : i + kernel, j : j + kernel].ravel()
                    top = window[0]
                    for number in window[1:]:
                        top = top.larger(number)

    formula = work.max_pool2d_work(2, 3, 7, 8, kernel)
    assert counted(pool, (2, 3, 7, 8)) == formula.flops
    assert formula.moved == 4 * 6 * (56 + (7 // kernel) * (8 // kernel))


def test_attention():
    def attend(query, key, value):
        for q, k, v in zip(query, key, value, strict=True):
            for row in q:
                scores = [dot(row, one, 0) * 0.5 for one in k]
                weights = softmax(scores)
                for column in v.T:
                    dot(weights, column, 0)

    found = counted(attend, (6, 4, 3), (6, 5, 3), (6, 5, 3))
    assert found == work.attention_work(2, 3, 4, 5, 3).flops


def test_lstm():
    def run(x, w, u, b, second):
        for sequence in x.swapaxes(0, 1):
            h, c = Counted.of(np.zeros(2)), Counted.of(np.zeros(2))
            for step in sequence:
                gates = [
                    dot(h, u[k], dot(step, w[k], b[k])) + second[k] for k in range(8)
                ]
                i, f, g, o = (gates[2 * k : 2 * k + 2] for k in range(4))
                new = [
                    sigmoid(f[k]) * c[k] + sigmoid(i[k]) * g[k].tanh() for k in (0, 1)
                ]
                h = [sigmoid(o[k]) * new[k].tanh() for k in (0, 1)]
                c = new

    found = counted(run, (4, 3, 5), (8, 5), (8, 2), (8,), (8,))
    formula = work.lstm_work(4, 3, 5, 2)
    assert found == formula.flops
    numbers = 8 * 5 + 8 * 2 + 2 * 8 + 4 * 3 * (5 + 2) + 4 * 3 * 2
    assert formula.moved == 4 * numbers


def test_adam():
    def step(parameter, gradient, mean, square):
        for p, g, m, v in zip(parameter, gradient, mean, square, strict=True):
            m = m * 0.9 + g * 0.1
            v = v * 0.999 + g * g * 0.001
            root = Counted(abs(v.value)).sqrt()
            p - m * 0.01 / (root / 0.5 + 1e-8)

    found = counted(step, (5,), (5,), (5,), (5,))
    assert found == work.adam_work(5).flops
    assert work.adam_work(5).moved == 4 * 7 * 5


@pytest.mark.parametrize(
    ("found", "inputs", "outputs"),
    [
        (work.linear_work(3, 4, 5), [(3, 4), (5, 4), (5,)], [(3, 5)]),
        (work.softmax_work(3, 6), [(3, 6)], [(3, 6)]),
        (work.layer_norm_work(3, 5), [(3, 5), (5,), (5,)], [(3, 5)]),
        (work.gelu_work(7), [(7,)], [(7,)]),
        (work.addition_work(7), [(7,), (7,)], [(7,)]),
        (
            work.attention_work(2, 3, 4, 5, 6),
            [(2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6)],
            [(2, 3, 4, 6)],
        ),
    ],
)
def test_every_input_is_read_and_every_output_written_once(found, inputs, outputs):
    numbers = sum(math.prod(shape) for shape in [*inputs, *outputs])
    assert found.moved == 4 * numbers


def test_embedding_moves_rows_and_computes_nothing():
    assert work.embedding_work(3, 5) == Work(0, 3 * 8 + 2 * 3 * 5 * 4)


def test_intensity_grows_with_the_batch_up_to_a_bound():
    values = [work.linear_work(n, 512, 512).intensity for n in (1, 16, 256, 10**6)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0.5, rel=0.01)  # 2 operations for a weight
    assert values[-1] < 512 / 4  # each number of x and y: 512 products, 8 bytes
