/* Sinusoidal positions as clocks, computed where they are read: the twin of the frames
   of dlbook.widgets.position_explorer. */
(function () {
  "use strict";

  const place = (value) => {
    const said = value.toFixed(1).replace(/\.0$/, "");
    return said === "-0" ? "0" : said;
  };
  const signed = (value) => String(value).replace("-", "−");
  const fixed = (value) => {
    const size = Math.floor(100 * Math.abs(value) + 0.5) / 100;
    return (value < 0 && size ? "−" : "") + size.toFixed(2);
  };

  function arc([x, y], start, turn, size) {
    const part = Math.sign(turn) * (Math.abs(turn) % (2 * Math.PI));
    if (Math.abs(part) < 0.02) return "";
    const [from, to] = [start, start + part].map((angle) =>
      place(x + size * Math.sin(angle)) + " " + place(y - size * Math.cos(angle)));
    return "M" + from + "A" + place(size) + " " + place(size) + " 0 "
      + (Math.abs(part) > Math.PI ? 1 : 0) + " " + (part > 0 ? 1 : 0) + " " + to;
  }

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["position-explorer"] = function (given) {
    const { omega, clocks, middles, length, reach, exact } = given;
    const [radius, small] = given.radii, [xlim, ylim] = given.limits;
    const [left, top, right, bottom] = given.box;
    const share = (value, [low, high]) => (value - low) / (high - low);
    const difference = (value) => value < exact ? "less than 1e-12"
      : value.toExponential(0).replace(/e([+-])(\d)$/, "e$10$2");

    // the largest error of the rotation, and all inner products, one for each position
    function everywhere(shift) {
      let error = 0;
      const turns = omega.map((w) => [Math.cos(shift * w), Math.sin(shift * w)]);
      const products = Array.from({ length }, (_, t) => omega.reduce((total, w, i) => {
        const sin = Math.sin(t * w), cos = Math.cos(t * w), [c, s] = turns[i];
        const then = [Math.sin((t + shift) * w), Math.cos((t + shift) * w)];
        error = Math.max(error, Math.abs(c * sin + s * cos - then[0]),
          Math.abs(c * cos - s * sin - then[1]));
        return total + sin * then[0] + cos * then[1];
      }, 0));
      return [error, products];
    }

    return function (places) {
      const position = places[0], shift = places[1] - reach, chosen = clocks[places[2]];
      const then = position + shift, changes = [];
      clocks.forEach((i, n) => {
        const [x, y] = middles[n];
        [["hand ", position], ["moved ", then]].forEach(([part, t]) => changes.push(
          [part + n, "x2", place(x + radius * Math.sin(t * omega[i]))],
          [part + n, "y2", place(y - radius * Math.cos(t * omega[i]))]));
        changes.push(["turn " + n, "d",
          arc(middles[n], position * omega[i], shift * omega[i], small)]);
      });
      changes.push(["ring", "shown", clocks.map((i) => i === chosen ? "1" : "0").join("")]);
      const w = omega[chosen], angle = shift * w;
      const [before, after] = [position, then].map((t) =>
        [fixed(Math.sin(t * w)), fixed(Math.cos(t * w))]);
      const c = fixed(Math.cos(angle)), s = Math.sin(angle);
      [[after[0], c, fixed(s), before[0]], [after[1], fixed(-s), c, before[1]]]
        .forEach((row, r) => row.forEach((said, column) =>
          changes.push(["entry " + r + " " + column, "text", said])));
      const [error, products] = everywhere(shift), product = products[position];
      const spread = Math.max(...products) - Math.min(...products);
      changes.push(
        ["title", "text", "pair " + chosen + ": position " + signed(then)
          + " from position " + position],
        ["same", "text", "tried at " + length + " positions: off by "
          + difference(error)],
        ["product", "text", fixed(product)],
        ["at", "cx", place(left + share(shift, xlim) * (right - left))],
        ["at", "cy", place(bottom - share(product, ylim) * (bottom - top))]);
      return {
        changes,
        sentence: "Position " + position + ", shift " + signed(shift) + ", so position "
          + signed(then) + ". Pair " + chosen + " turns by " + fixed(angle)
          + " radians, from (" + before.join(", ") + ") to (" + after.join(", ")
          + "). The same matrix does it from each of the " + length
          + " positions, off by " + difference(error)
          + ". The inner product of both encodings is " + fixed(product) + " of "
          + omega.length + "; between the positions it differs by " + difference(spread)
          + ".",
      };
    };
  };
})();
