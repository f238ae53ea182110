import pytest

from dlbook import plots
from dlbook.autograd import Tensor, Value
from dlbook.plots.graph import operation_text


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_pencil_example_with_its_gradients():
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    f = (a * b + c) * a
    f.backward()
    shown = texts(plots.computation_graph(f, {"a": a, "b": b, "c": c, "f": f}))
    assert {"a", "b", "c", "f = ×", "grad −2", "grad 4", "−6"} <= set(shown)


def test_before_backward_there_is_no_gradient():
    a = Value(2.0)
    assert not [t for t in texts(plots.computation_graph(a * a)) if "grad" in t]


def test_a_traced_tensor_graph_can_be_drawn_after_backward():
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    loss = (x * x).sum()
    traced = plots.trace(loss, {"x": x})
    loss.backward()
    shown = texts(plots.computation_graph(traced))
    assert "1 × 2" in shown
    assert any("grad" in text for text in shown)
    assert [node.name for node in traced if node.name] == ["x"]
    assert traced[-1].item is loss


def test_numbers_that_went_into_an_operation_are_recovered():
    x = Value(3.0)
    assert operation_text(x + 2.0) == "+ 2"
    assert operation_text(x * 2.0) == "× 2"
    assert operation_text(x) == ""


def test_what_is_no_graph_is_refused():
    with pytest.raises(TypeError, match="Tensor or a Value"):
        plots.computation_graph(3.0)
    with pytest.raises(ValueError, match="not part of the graph"):
        plots.trace(Value(1.0), {"y": Value(2.0)})
    y = x = Value(1.0)
    for _ in range(60):
        y = y + x
    with pytest.raises(ValueError, match="too many to read"):
        plots.computation_graph(y)
