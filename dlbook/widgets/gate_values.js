/* The gates of one unit along a sentence, put together where they are read: the twin of
   the frames of dlbook.widgets.gate_values. */
(function () {
  "use strict";

  const fixed = (value) => {
    const size = Math.floor(100 * Math.abs(value) + 0.5) / 100;
    return (value < 0 && size ? "−" : "") + size.toFixed(2);
  };
  const bracketed = (said) => said.startsWith("−") ? "(" + said + ")" : said;
  const percent = (chance) => Math.floor(100 * chance + 0.5) + "%";

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["gate-values"] = function (given) {
    const [ground, above, below] = given.colors;
    const tint = (value) => {
      const strength = Math.min(Math.abs(value), 1) * given.strongest;
      const color = value > 0 ? above : below;
      return "rgb(" + ground.map((from, i) =>
        Math.floor(from + (color[i] - from) * strength + 0.5)).join(", ") + ")";
    };
    const cell = given.columns.indexOf("c"), several = given.tokens.length > 1;

    return function (places) {
      const [which, unit, word] = several ? places : [0, ...places];
      const tokens = given.tokens[which], at = Math.min(word, tokens.length - 1);
      const rows = given.values[which].map((row) => row.map((values) => values[unit]));
      const largest = Math.max(1, ...given.values.flatMap((sentence) =>
        sentence.map((row) => Math.abs(row[cell][unit]))));
      const changes = [];
      for (let t = 0; t < given.longest; t++) {
        const there = t < tokens.length;
        changes.push(["word " + t, "text", there ? given.shown[which][t] : ""]);
        given.columns.forEach((name, n) => {
          const value = there ? rows[t][n] : 0;
          changes.push(
            [name + " " + t, "text", there ? fixed(value) : ""],
            [name + " box " + t, "fill", tint(n === cell ? value / largest : value)]);
        });
        const chance = there ? given.chances[which][t] : 0.5;
        changes.push(
          ["chance " + t, "text", there ? percent(chance) : ""],
          ["chance box " + t, "fill", tint(2 * chance - 1)]);
      }
      changes.push(["focus", "y", given.top + at * given.row]);
      const [i, f, g, o, c, h] = rows[at].map(fixed);
      const before = at ? fixed(rows[at - 1][cell]) : "0";
      return {
        changes,
        last: { [several ? 2 : 1]: tokens.length - 1 },
        sentence: "Word " + (at + 1) + ", “" + tokens[at] + "”, unit " + given.units[unit]
          + ": c = f · c before + i · g = " + f + " · " + bracketed(before) + " + " + i
          + " · " + bracketed(g) + " = " + c + ", and h = o · tanh c = " + o + " · tanh("
          + c + ") = " + h + ". " + given.outcome + " is now "
          + percent(given.chances[which][at]) + ".",
      };
    };
  };
})();
