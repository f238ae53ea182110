import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle

from dlbook import plots
from dlbook.plots.palette import GROUND, TINTS

PROBLEMS = [
    ("many to one", 4, range(1, 5), [4]),
    ("one to many", 3, [1], [1, 2, 3]),
    ("delayed", 5, [1, 2, 3], [4, 5]),
]


def boxes(axes):
    """Return step and row of every box, by what its color stands for."""
    names = {TINTS[0]: "inputs", GROUND: "states", TINTS[2]: "outputs"}
    found = {"inputs": [], "states": [], "outputs": []}
    for patch in axes.patches:
        if isinstance(patch, Rectangle):
            x, y = patch.get_center()
            place = round(float(x), 6), round(float(y), 6)
            found[names[to_hex(patch.get_facecolor())]].append(place)
    return found


def test_every_problem_has_its_inputs_states_and_outputs():
    figure = plots.sequence_shapes(PROBLEMS, title="Shapes")
    panels = [axes for axes in figure.axes if axes.patches]
    assert len(figure.axes) == 4
    assert figure.get_suptitle() == "Shapes"
    for axes, (name, steps, inputs, outputs) in zip(panels, PROBLEMS, strict=True):
        assert axes.get_title() == name
        assert boxes(axes) == {
            "inputs": [(t, 0) for t in inputs],
            "states": [(t, 1) for t in range(1, steps + 1)],
            "outputs": [(t, 2) for t in outputs],
        }
        arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
        assert len(arrows) == steps - 1 + len(inputs) + len(outputs)


def test_panels_have_one_scale():
    figure = plots.sequence_shapes(PROBLEMS)
    widths = {round(axes.get_xlim()[1] - axes.get_xlim()[0], 9) for axes in figure.axes
              if axes.patches}  # fmt: skip
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("problems", "options", "message"),
    [
        ([], {}, "problems is empty"),
        (PROBLEMS, {"columns": 0}, "columns must be at least 1, got 0"),
        ([("a", 0, [], [])], {}, "'a': steps must be 1 to 8, got 0"),
        ([("a", 9, [], [])], {}, "'a': steps must be 1 to 8, got 9"),
        ([("a", 2, [0], [])], {}, r"'a': inputs must be steps from 1 to 2, got \[0\]"),
        ([("a", 2, [], [3])], {}, r"'a': outputs must be .* got \[3\]"),
    ],
)
def test_what_does_not_fit_is_refused(problems, options, message):
    with pytest.raises(ValueError, match=message):
        plots.sequence_shapes(problems, **options)
