import numpy as np
import pytest

from dlbook import plots

HISTORY = {
    "training loss": [1.0, 0.6, 0.4, 0.3],
    "learning rate": [0.1] * 4,
    "validation loss": [1.1, 0.8, 0.7, 0.75],
    "validation accuracy": [0.5, 0.9, 0.8, 0.9],
    "validation error": [0.5, 0.1, 0.2, 0.1],
}


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_both_losses_over_the_epochs_and_the_best_epoch():
    figure = plots.learning_curves(HISTORY, title="Digits")
    (axes,) = figure.axes
    training, validation, best = axes.lines
    for line, name in ((training, "training loss"), (validation, "validation loss")):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[name])
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_color() != validation.get_color()
    np.testing.assert_array_equal(best.get_xydata(), [[3, 0.7]])
    assert best.get_markeredgecolor() == validation.get_color()
    names = ["training loss", "validation loss", "best: epoch 3, 0.7"]
    assert legend(figure) == names
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert axes.get_title(loc="left") == "Digits"
    assert axes.get_yscale() == "linear"


def test_without_validation_the_training_loss_stands_alone():
    figure = plots.learning_curves({"training loss": [1.0, 0.5]}, logy=True)
    assert legend(figure) == ["training loss", "best: epoch 2, 0.5"]
    assert figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("column", "mode", "epoch"),
    [
        ("validation accuracy", None, 2),  # the first of two
        ("validation accuracy", "min", 1),
        ("validation error", "min", 2),
        ("validation loss", "max", 1),
    ],
)
def test_better_is_what_the_name_or_the_mode_says(column, mode, epoch):
    figure = plots.learning_curves(HISTORY, [column], mode=mode)
    assert legend(figure)[-1].startswith(f"best: epoch {epoch},")
    assert figure.axes[0].get_ylabel() == column.split()[-1]


def test_columns_of_several_kinds_have_no_common_name():
    columns = ["training loss", "validation accuracy"]
    assert plots.learning_curves(HISTORY, columns).axes[0].get_ylabel() == "value"
    figure = plots.learning_curves(HISTORY, columns, ylabel="loss, accuracy")
    assert figure.axes[0].get_ylabel() == "loss, accuracy"
    alone = plots.learning_curves(HISTORY, "validation loss")
    assert legend(alone)[0] == "validation loss"


def test_nan_is_a_gap_and_never_the_best():
    history = {"training loss": [np.nan, 2.0, np.nan]}
    figure = plots.learning_curves(history)
    assert legend(figure) == ["training loss", "best: epoch 2, 2"]
    diverged = plots.learning_curves({"training loss": [np.nan, np.nan]})
    assert legend(diverged) == ["training loss"]


def test_epochs_are_whole_numbers():
    figure = plots.learning_curves({"training loss": [1.0, 0.5]})
    figure.draw_without_rendering()
    assert all(tick == round(tick) for tick in figure.axes[0].get_xticks())


@pytest.mark.parametrize(
    ("history", "columns", "message"),
    [
        ({"loss": [1.0]}, None, r"got \[\]; history has \['loss'\]"),
        (HISTORY, ["loss"], r"got \['loss'\]; history has \['training loss'"),
        (HISTORY, [], r"got \[\]"),
        ({str(n): [1.0] for n in range(6)}, list("012345"), "1 to 5"),
        ({"training loss": []}, None, "'training loss'.* is empty"),
        (HISTORY, ["learning rate"], "mode for 'learning rate' .* got None"),
        (
            {"training loss": [1.0], "validation loss": [1.0, 2.0]},
            None,
            "'validation loss'.* has 2 epochs and .*'training loss'.* 1",
        ),
    ],
)
def test_a_history_that_does_not_fit_is_refused(history, columns, message):
    with pytest.raises(ValueError, match=message):
        plots.learning_curves(history, columns)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="got 'best'"):
        plots.learning_curves(HISTORY, mode="best")


def test_points_are_marked_in_a_short_run_and_where_they_would_not_be_seen():
    short = plots.learning_curves({"training loss": np.ones(30)}).axes[0].lines[0]
    assert all(short.get_markevery())
    losses = np.ones(31)
    losses[[10, 12]] = np.nan
    long = plots.learning_curves({"training loss": losses}).axes[0].lines[0]
    np.testing.assert_array_equal(np.flatnonzero(long.get_markevery()), [11])
