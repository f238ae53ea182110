"""The drawings of transformer blocks: each has the parts of the layer, in order."""

import itertools

import pytest
from matplotlib.colors import to_hex

from dlbook import plots
from dlbook.plots.palette import ORANGE

KINDS = ("encoder", "decoder", "gpt")
ALL = list(itertools.product(KINDS, (False, True)))
SUBLAYERS = {
    "encoder": ["self-attention", "feed-forward"],
    "decoder": ["masked self-attention", "cross-attention", "feed-forward"],
    "gpt": ["masked self-attention", "feed-forward"],
}


def column(figure):
    """Return what stands on the middle line, from below."""
    texts = [t for t in figure.axes[0].texts if t.get_position()[0] == 4.1]
    return [t.get_text() for t in sorted(texts, key=lambda t: t.get_position()[1])]


@pytest.mark.parametrize(("kind", "first"), ALL)
def test_the_parts_stand_in_the_order_of_the_layer(kind, first):
    parts = [
        part
        for name in SUBLAYERS[kind]
        for part in (["layer norm", name, "+"] if first else [name, "+", "layer norm"])
    ]
    figure = plots.transformer_block(kind, norm_first=first)
    assert column(figure) == ["$x$", *parts, "$y$"]
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert ("keys, values" in texts) == (kind == "decoder")


def test_by_default_norms_stand_as_published():
    for kind in KINDS:
        expected = plots.transformer_block(kind, norm_first=kind == "gpt")
        assert column(plots.transformer_block(kind)) == column(expected)


def lines_and_places(figure):
    """Return lines with their widths, and boxes and circles as (x, y, w, h)."""
    lines, covers = [], []
    for patch in figure.axes[0].patches:
        box = patch.get_path().get_extents()
        if type(patch).__name__ == "FancyArrowPatch":
            lines.append((patch._path_original.vertices, patch))
        elif type(patch).__name__ == "Circle":
            covers.append((*patch.center, patch.radius, patch.radius))
        elif patch.get_zorder() > 0:
            covers.append(
                (
                    (box.x0 + box.x1) / 2,
                    (box.y0 + box.y1) / 2,
                    box.width / 2,
                    box.height / 2,
                )
            )
    return lines, covers


@pytest.mark.parametrize(("kind", "first"), ALL)
def test_every_line_leads_from_something_to_something(kind, first):
    figure = plots.transformer_block(kind, norm_first=first)
    lines, covers = lines_and_places(figure)
    covers += [
        (*t.get_position(), 0.5, 0.2)
        for t in figure.axes[0].texts
        if t.get_text() in ("$x$", "$y$", "keys, values")
    ]
    corners = [(*line[k], 0.0, 0.0) for line, _ in lines for k in (0, -1)]
    for n, (line, _) in enumerate(lines):
        others = corners[: 2 * n] + corners[2 * n + 2 :]
        for x, y in (line[0], line[-1]):
            assert any(
                abs(x - cx) <= w + 0.011 and abs(y - cy) <= h + 0.011
                for cx, cy, w, h in covers + others
            ), (kind, first, x, y)
        assert (abs(line[1:] - line[:-1]).min(axis=1) == 0).all()  # along the axes


@pytest.mark.parametrize(("kind", "first"), ALL)
def test_a_residual_passes_each_sublayer_and_no_box_touches_another(kind, first):
    figure = plots.transformer_block(kind, norm_first=first)
    lines, covers = lines_and_places(figure)
    bypasses = [line for line, patch in lines if len(line) == 4]
    assert len(bypasses) == len(SUBLAYERS[kind])
    y = {t.get_text(): t.get_position()[1] for t in figure.axes[0].texts}
    norms = [
        t.get_position()[1]
        for t in figure.axes[0].texts
        if t.get_text() == "layer norm"
    ]
    for line, name, norm in zip(bypasses, SUBLAYERS[kind], sorted(norms), strict=True):
        low, high = line[0, 1], line[-1, 1]
        assert low < y[name] < high
        assert (low < norm < high) == first  # only a first norm is passed by
    heights = sorted((cy - h, cy + h) for _, cy, _, h in covers)
    for (_, top), (bottom, _) in itertools.pairwise(heights):
        assert bottom > top + 0.1
    bold = [patch for line, patch in lines if patch.get_linewidth() == 3]
    assert {to_hex(patch.get_facecolor()) for patch in bold} == {ORANGE}


def test_layers_a_title_and_the_same_picture_each_time():
    figure = plots.transformer_block("gpt", layers=12, title="GPT-2 small")
    assert "\N{MULTIPLICATION SIGN} 12" in [t.get_text() for t in figure.axes[0].texts]
    plain = plots.transformer_block("gpt")
    assert "\N{MULTIPLICATION SIGN} N" in [t.get_text() for t in plain.axes[0].texts]
    assert figure.axes[0].get_title("left") == "GPT-2 small"
    assert figure.to_svg() == figure.to_svg()


def test_other_blocks_are_refused():
    with pytest.raises(ValueError, match=r"kind must be one of .*'gpt'.* got 'GPT'"):
        plots.transformer_block("GPT")
    with pytest.raises(ValueError, match="layers must be at least 1, got 0"):
        plots.transformer_block("gpt", layers=0)
