"""The drawings of recurrent cells: each has the operations of its equations."""

from collections import Counter

import pytest

from dlbook import plots

SIGMA = r"$\sigma$"
TIMES = "\N{MULTIPLICATION SIGN}"


def said(figure):
    return Counter(text.get_text() for text in figure.axes[0].texts)


def test_an_elman_cell_adds_two_products_and_takes_the_tanh():
    texts = said(plots.cell_diagram("rnn"))
    assert texts == Counter(
        ["$W_{hh}$", "$W_{ih}$", "+", "tanh", "$h_{t-1}$", "$x_t$", "$h_t$"]
    )


def test_an_lstm_has_three_gates_three_products_and_one_sum():
    texts = said(plots.cell_diagram("lstm"))
    assert texts[SIGMA] == 3
    assert texts["tanh"] == 2  # of the proposal, and of the cell
    assert texts[TIMES] == 3
    assert texts["+"] == 1
    assert {"$c_{t-1}$", "$c_t$", "$h_{t-1}$", "$h_t$", "$x_t$"} <= set(texts)
    assert {"$f$", "$i$", "$g$", "$o$"} <= set(texts)


def test_a_gru_has_two_gates_three_products_and_two_sums():
    texts = said(plots.cell_diagram("gru"))
    assert texts[SIGMA] == 2
    assert texts["tanh"] == 1
    assert texts[TIMES] == 3
    assert texts["+"] == 2
    assert {"$W_{hn}$", "$W_{in}$", "$1-z$", "$r$", "$z$", "$n$"} <= set(texts)


def test_the_reset_gate_acts_after_the_product():
    axes = plots.cell_diagram("gru").axes[0]
    place = {text.get_text(): text.get_position() for text in axes.texts}
    product, reset = place["$W_{hn}$"], place["$r$"]
    signs = [t.get_position() for t in axes.texts if t.get_text() == TIMES]
    assert (product[0], 2.9) in signs  # above the product with the state
    assert reset[0] < product[0]
    assert place["+"][1] >= 2.9


def ends(figure):
    """Return where lines end, and the corners that boxes and circles cover."""
    axes = figure.axes[0]
    lines, covers = [], []
    for patch in axes.patches:
        box = patch.get_path().get_extents()
        if type(patch).__name__ == "FancyArrowPatch":
            # an arrow keeps the path that it was given
            lines.append(patch._path_original.vertices)
        elif type(patch).__name__ == "Circle":
            x, y = patch.center
            covers.append((x, y, patch.radius, patch.radius))
        elif patch.get_zorder() > 0:
            covers.append(
                (
                    (box.x0 + box.x1) / 2,
                    (box.y0 + box.y1) / 2,
                    box.width / 2,
                    box.height / 2,
                )
            )
    covers += [
        (*text.get_position(), 0.4, 0.25)
        for text in axes.texts
        if "t" in text.get_text() and text.get_text().startswith("$")
    ]
    return lines, covers


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_every_line_leads_from_something_to_something(kind):
    lines, covers = ends(plots.cell_diagram(kind))
    for line in lines:
        for x, y in (line[0], line[-1]):
            assert any(
                abs(x - cx) <= w + 0.011 and abs(y - cy) <= h + 0.011
                for cx, cy, w, h in covers
            ), (kind, x, y)
        steps = abs(line[1:] - line[:-1])
        assert (steps.min(axis=1) == 0).all()  # along the axes only


def test_a_title_and_the_same_picture_each_time():
    figure = plots.cell_diagram("lstm", title="Inside")
    assert figure.axes[0].get_title("left") == "Inside"
    assert figure.to_svg() == plots.cell_diagram("lstm", title="Inside").to_svg()


def test_other_cells_are_refused():
    with pytest.raises(ValueError, match=r"kind must be one of .*'gru'.* got 'LSTM'"):
        plots.cell_diagram("LSTM")
