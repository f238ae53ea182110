/* A text sampled token by token, put together where it is read: the twin of the frames
   of dlbook.widgets.token_sampling. */
(function () {
  "use strict";

  const place = (value) => String(Number(value.toFixed(1)));
  const percent = (share) => (Math.floor(1000 * share + 0.5) / 10).toFixed(1) + "%";
  const shorter = (text, most) => // counted in characters, as Python does
    text.length <= most ? text : [...text.slice(0, most - 1), "…"];
  const visible = (token) => shorter([...(token.replaceAll(" ", "␣")
    .replaceAll("\n", "↵").replaceAll("\t", "⇥") || "(empty)")], 14).join("");
  const ending = (text) => {
    const seen = [...text.replaceAll("\n", "↵")];
    return (seen.length <= 40 ? seen : ["…", ...seen.slice(-39)]).join("");
  };

  // lines between tokens, and the place of the last one in characters
  function broken(pieces, most, perLine) {
    const blank = "\u00a0", lines = [[]];
    let start = 0;
    pieces.forEach((piece, n) => {
      const left = piece.replaceAll("\n", "↵").replaceAll("\t", " ").replaceAll(" ", blank);
      (n === 0 ? left.split(blank) : [left]).forEach((word, k) => {
        let whole = [...(k ? blank : "") + word];
        const used = lines.at(-1).length;
        if (used && used + whole.length > perLine) lines.push([]);
        while (whole.length > perLine) {
          lines[lines.length - 1] = whole.slice(0, perLine);
          whole = whole.slice(perLine);
          lines.push([]);
        }
        start = lines.at(-1).length;
        lines.at(-1).push(...whole);
      });
    });
    const shown = lines.slice(-most);
    return [shown, [shown.length - 1, start, shown.at(-1).length - start]];
  }

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["token-sampling"] = function (given) {
    const { prompt, names, runs, rows } = given, several = runs.length > 1;
    const [most, perLine] = given.lines, [first, character, line] = given.text;
    const [left, width] = given.strip, [orange, blue, tint] = given.colors;

    return function (places) {
      const [which, token] = several ? places : [0, ...places];
      const path = runs[which], at = Math.min(token, path.length - 1), step = path[at];
      const pieces = [prompt, ...path.slice(0, at + 1).map((before) => before.chosen)];
      const [text, mark] = broken(pieces, most, perLine);
      const changes = [];
      for (let n = 0; n < most; n++) {
        const said = n < text.length ? text[n] : [];
        changes.push(["line " + n, "text", said.join("")],
          ["line " + n, "textLength", place(character * (said.length || 1))]);
      }
      changes.push(
        ["chosen", "x", place(first + character * mark[1])],
        ["chosen", "y", place(8 + line * mark[0])],
        ["chosen", "width", place(character * mark[2])]);
      let before = 0;
      for (let n = 0; n <= rows; n++) {
        let share = 0, says = "";
        if (n < step.tokens.length) {
          [share, says] = [step.shares[n], visible(step.tokens[n])];
        } else if (n === rows && step.others) {
          [share, says] = [step.rest, step.others + " more"];
        }
        const picked = n === step.place || (n === rows && step.place === null);
        changes.push(
          ["token " + n, "text", says],
          ["bar " + n, "width", place(given.bar * share)],
          ["bar " + n, "fill", picked ? orange : blue],
          ["share " + n, "text", says ? percent(share) : ""],
          ["part " + n, "x", place(left + width * before)],
          ["part " + n, "width", place(width * share)],
          ["part " + n, "fill", picked ? orange : tint]);
        before += share;
      }
      const drawn = step.draw !== null;
      const how = drawn ? "the draw " + step.draw.toFixed(3) + " picks it"
        : "the most probable, nothing is drawn";
      const lost = path.slice(0, at + 1).reduce((total, past) =>
        total - Math.log2(past.probability), 0);
      const bits = Math.abs(lost).toFixed(1);
      changes.push(
        ["draw", "x", place(left + width * (step.draw || 0) - 1.5)],
        ["draw", "visibility", drawn ? "visible" : "hidden"],
        ["how", "text", how],
        ["bits", "text", bits + " bits so far"]);
      const written = pieces.slice(0, -1).join("");
      return {
        changes,
        last: { [several ? 1 : 0]: path.length - 1 },
        sentence: (names[which] ? names[which] + ". " : "")
          + "Token " + (at + 1) + " of " + path.length + ", after "
          + (written ? "“" + ending(written) + "”" : "nothing") + ": “"
          + visible(step.chosen) + "” with probability " + percent(step.probability)
          + "; " + how + ". "
          + (at ? "The " + (at + 1) + " tokens together have" : "It has")
          + " the probability 2 to the power of " + (lost >= 0.05 ? "−" : "") + bits + ".",
      };
    };
  };
})();
