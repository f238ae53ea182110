"""The picture of the landing page shows what its script computes."""

import re
from pathlib import Path

import draw_spirals

ROOT = Path(__file__).resolve().parents[2]


def test_landing_page_states_what_the_training_gives():
    _, _, moments = draw_spirals.train()
    text = (ROOT / "index.md").read_text(encoding="utf-8")
    stated = re.findall(r"^\*\*.*\*\* Loss ([\d.]+); (\d+) % right\.$", text, re.M)
    measured = [
        (f"{loss:.3f}", f"{100 * right:.0f}") for _, loss, right in moments.values()
    ]
    assert stated == measured


def test_every_moment_has_its_figure_and_a_text_alternative():
    text = (ROOT / "index.md").read_text(encoding="utf-8")
    for step in draw_spirals.STEPS:
        assert (draw_spirals.FIGURES / f"spirals-{step}.svg").is_file()
        found = re.search(rf"spirals-{step}\.svg\n(?::.*\n)*:alt: (.+)", text)
        assert found is not None
        assert len(found[1]) > 100


def test_last_hidden_layer_separates_what_the_network_separates():
    x, _, moments = draw_spirals.train()
    layers, _, _ = moments[max(draw_spirals.STEPS)]
    *_, hidden, logit = draw_spirals.forward(layers, x)
    weight, bias = layers[-1]
    assert hidden.shape == (len(x), 2)
    assert ((hidden @ weight[0] + bias[0] > 0) == (logit[:, 0] > 0)).all()
