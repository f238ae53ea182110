/* A grid of integers over numbers, computed where it is read: the twin of the frames of
   dlbook.widgets.quantization_grid. Math.fround rounds to float32, as NumPy does there. */
(function () {
  "use strict";

  const f32 = Math.fround;
  const fixed = (value) => {
    const text = (value + 1e-9).toFixed(3).replace("-", "−");
    return text === "−0.000" ? "0.000" : text;
  };
  const whole = (value) => String(value).replace("-", "−");
  const place = (value) => String(Math.floor(value + 0.5));
  const tenth = (value) => String(Number(value.toFixed(1)));
  const even = (value) => { // a half goes to the even neighbor
    const below = Math.floor(value), over = value - below;
    return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1;
  };

  function gridOf(bits, symmetric, low, high) {
    const half = Math.pow(2, bits - 1);
    const qMin = symmetric ? 1 - half : -half, qMax = half - 1;
    if (symmetric) {
      const s = Math.max(f32(Math.max(-low, high) / qMax), Math.pow(2, -23));
      return [s, 0, qMin, qMax];
    }
    const s = Math.max(f32(f32(high - low) / (qMax - qMin)), Math.pow(2, -23));
    const z = qMin - even(f32(low / s));
    return [s, Math.min(Math.max(z, qMin), qMax), qMin, qMax];
  }

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["quantization-grid"] = function (given) {
    const numbers = given.numbers.map(f32);
    const [left, across, zero, up] = given.places;
    const [start, end] = given.box, [top, tall] = given.levels;

    return function (places) {
      const bits = given.bits[places[0]], symmetric = places[1] === 1;
      const low = f32(given.lows[places[2]]), high = f32(given.highs[places[3]]);
      const x = given.probes[places[4]];
      const [s, z, qMin, qMax] = gridOf(bits, symmetric, low, high);
      const inverse = f32(1 / s);
      const step = (value) => even(f32(f32(value) * inverse)) + z;
      const integer = (value) => Math.min(Math.max(step(value), qMin), qMax);
      const back = (q) => f32((q - z) * s);
      const beyond = (value) => step(value) < qMin || step(value) > qMax;

      let inside = 0, outside = 0, count = 0;
      numbers.forEach((value) => {
        const error = back(integer(value)) - value;
        if (beyond(value)) { outside += error * error; count += 1; }
        else inside += error * error;
      });
      const root = (sum) => fixed(Math.sqrt(sum / numbers.length));
      const rounding = root(inside), clipping = root(outside), both = root(inside + outside);

      let stairs = "M" + place(left - given.reach * across) + " "
        + place(zero - s * (qMin - z) * up), levels = "";
      for (let q = qMin; q <= qMax; q++) {
        levels += "M" + place(left + s * (q - z) * across) + " " + top + "v" + tall;
        if (q < qMax) {
          stairs += "H" + place(left + s * (q - z + 0.5) * across)
            + "V" + place(zero - s * (q + 1 - z) * up);
        }
      }
      stairs += "H" + place(left + given.reach * across);
      const q = integer(x), after = back(q);
      const cut = [qMin - z - 0.5, qMax - z + 0.5].map((edge) =>
        Math.min(Math.max(left + s * edge * across, start), end));
      return {
        changes: [
          ["grid", "text", "s = " + fixed(s) + ", z = " + whole(z)],
          ["range", "text", "q from " + whole(qMin) + " to " + whole(qMax)],
          ["stairs", "d", stairs],
          ["levels", "d", levels],
          ["probe", "cx", tenth(left + x * across)],
          ["probe", "cy", tenth(zero - after * up)],
          ["off", "d", "M" + place(left + x * across) + " " + place(zero - x * up)
            + "V" + place(zero - after * up)],
          ["told", "text", "x = " + fixed(x) + " → q = " + whole(q) + " → " + fixed(after)],
          ["why", "text", (beyond(x) ? "cut off" : "rounded") + ", error " + fixed(after - x)],
          ["rounding", "text", "rounding " + rounding],
          ["clipping", "text", "clipping " + clipping],
          ["both", "text", "together " + both],
          ["low", "width", tenth(cut[0] - start)],
          ["high", "x", tenth(cut[1])],
          ["high", "width", tenth(end - cut[1])],
        ],
        sentence: bits + " bits, " + (symmetric ? "symmetric" : "affine") + ": "
          + (qMax - qMin + 1) + " levels, " + fixed(s) + " apart; the integer " + whole(z)
          + " stands for 0. Of " + numbers.length + " numbers " + count
          + (count === 1 ? " is" : " are") + " cut off. Root mean square error: " + rounding
          + " from rounding, " + clipping + " from clipping, " + both + " together. "
          + fixed(x) + " becomes " + fixed(after) + ".",
      };
    };
  };
})();
