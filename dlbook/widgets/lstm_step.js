/* One step of an LSTM unit, computed where it is read: the twin of the frames of
   dlbook.widgets.lstm_step. */
(function () {
  "use strict";

  const fixed = (value) => {
    const text = value.toFixed(2).replace("-", "−");
    return text === "−0.00" ? "0.00" : text;
  };
  const factor = (value) => {
    const text = fixed(value);
    return text.startsWith("−") ? "(" + text + ")" : text;
  };
  const place = (value) => String(Number(value.toFixed(1)));
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["lstm-step"] = function (given) {
    const [zero, unit] = given.bars;
    const [left, across, middle, up] = given.places;

    function path(values, first) {
      const points = [];
      for (let k = 0; k < values.length; k++) {
        if (Math.abs(values[k]) > given.highest) break;
        points.push(Math.floor(left + (first + k) * across + 0.5) + " "
          + Math.floor(middle - values[k] * up + 0.5));
      }
      return "M" + points.join("L");
    }

    return function (places) {
      const sums = places.slice(0, 4).map((at) => given.sums[at]);
      const before = given.cells[places[4]];
      const gates = sums.map((z, row) => row === 2 ? Math.tanh(z) : sigmoid(z));
      const [i, f, g, o] = gates;
      const after = f * before + i * g, shown = Math.tanh(after);
      const cells = [before];
      for (let k = 0; k < given.steps; k++) cells.push(f * cells[k] + i * g);
      const states = cells.map((c) => o * Math.tanh(c));
      const left_over = Math.pow(f, given.steps);
      const share = left_over >= 0.001 ? left_over.toFixed(3) : "less than 0.001";
      const changes = gates.flatMap((value, row) => [
        ["bar " + row, "x", place(zero + Math.min(value, 0) * unit)],
        ["bar " + row, "width", place(Math.abs(value) * unit)],
        ["value " + row, "text", fixed(value)],
      ]);
      changes.push(
        ["cell", "text", "c = f c₀ + i g = " + fixed(f) + "·" + factor(before) + " + "
          + fixed(i) + "·" + factor(g) + " = " + fixed(after)],
        ["state", "text", "h = o tanh(c) = " + fixed(o) + "·" + factor(shown) + " = "
          + fixed(o * shown)],
        ["cells", "d", path(cells, 0)],
        ["states", "d", path(states.slice(1), 1)]);
      return {
        changes,
        sentence: "The cell goes from " + fixed(before) + " to " + fixed(after)
          + " and shows " + fixed(o * shown) + ". After " + given.steps
          + " such steps it holds " + fixed(cells[given.steps])
          + ". Of a gradient at the end, " + share + " comes back along the direct path.",
      };
    };
  };
})();
