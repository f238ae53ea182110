"""The unrolled network: boxes, arrows, and where they lead."""

import pytest

from dlbook import plots


def said(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def arrows(figure):
    """Return start and end of every arrow."""
    return [
        patch._posA_posB
        for patch in figure.axes[0].patches
        if type(patch).__name__ == "FancyArrowPatch"
    ]


def test_the_unrolled_network_has_a_box_for_each_step():
    texts = said(plots.unrolled(3))
    for t in (1, 2, 3):
        assert {f"$x_{{{t}}}$", f"$h_{{{t}}}$", f"$y_{{{t}}}$"} <= set(texts)
    assert {"$x_t$", "$h_t$", "$y_t$", "="} <= set(texts)
    assert len(texts) == 13
    # 3 in, 3 out, 2 across; folded 1 in, 1 out, 1 loop
    assert len(arrows(plots.unrolled(3))) == 11


def test_without_the_folded_form_and_with_one_output():
    texts = said(plots.unrolled(3, folded=False, outputs="last"))
    assert sorted(texts) == sorted(
        ["$x_{1}$", "$x_{2}$", "$x_{3}$", "$h_{1}$", "$h_{2}$", "$h_{3}$", "$y_{3}$"]
    )
    assert not [t for t in said(plots.unrolled(2, outputs="none")) if "y" in t]


def test_inputs_are_written_under_their_steps():
    figure = plots.unrolled(5, inputs="hello")
    places = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    assert [text for text in said(figure) if len(text) == 1 and text != "="] == [
        *"hello"
    ]
    assert places["h"][0] == places["$x_{1}$"][0]
    assert places["o"][0] == places["$x_{5}$"][0]
    assert places["h"][1] < places["$x_{1}$"][1]


def test_layers_stand_on_each_other():
    places = {
        t.get_text(): t.get_position()
        for t in plots.unrolled(2, layers=2).axes[0].texts
    }
    low, high = places["$h^{(1)}_{2}$"], places["$h^{(2)}_{2}$"]
    assert low[0] == high[0]
    assert low[1] < high[1]


def test_a_second_direction_runs_back():
    figure = plots.unrolled(3, bidirectional=True)
    places = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    forward = places[r"$\overrightarrow{h}_{1}$"][1]
    backward = places[r"$\overleftarrow{h}_{1}$"][1]
    across = [
        (start[1], end[0] > start[0])
        for start, end in arrows(figure)
        if start[1] == end[1]
    ]
    assert sorted(across) == sorted([(forward, True)] * 2 + [(backward, False)] * 2)
    assert "=" not in places


def test_the_gradient_runs_against_time():
    plain, shown = plots.unrolled(4), plots.unrolled(4, gradients=True)
    more = arrows(shown)
    assert len(more) == len(arrows(plain)) + 3
    assert sum(end[0] < start[0] for start, end in more) == 3
    assert "gradient" in said(shown)


@pytest.mark.parametrize(
    ("steps", "options", "says"),
    [
        (1, {}, "steps must be 2 to 7, got 1"),
        (8, {}, "steps must be 2 to 7, got 8"),
        (3, {"inputs": "ab"}, "2 inputs for 3 steps"),
        (3, {"outputs": "all"}, "outputs must be every, last or none, got 'all'"),
        (3, {"layers": 4}, "layers must be 1 to 3"),
        (3, {"layers": 2, "bidirectional": True}, "1 if bidirectional, got 2"),
    ],
)
def test_networks_that_do_not_fit_are_refused(steps, options, says):
    with pytest.raises(ValueError, match=says):
        plots.unrolled(steps, **options)


def test_it_is_the_same_picture_each_time():
    assert plots.unrolled(3).to_svg() == plots.unrolled(3).to_svg()
