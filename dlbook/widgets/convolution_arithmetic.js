/* Cells and windows of a convolution, computed where they are read: the twin of the frames
   of dlbook.widgets.convolution_arithmetic. */
(function () {
  "use strict";

  const count = (many, thing) => many + " " + thing + (many === 1 ? "" : "s");
  const list = (cells) => cells.length > 1
    ? cells.slice(0, -1).join(", ") + " and " + cells[cells.length - 1] : cells.join("");
  const range = (length) => Array.from({ length }, (_, i) => i);

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["convolution-arithmetic"] = function (given) {
    const [inputRow, kernelRow, outputRow] = given.rows;

    return function (places) {
      const [n, k, s, p, d] = given.first.map((first, i) => first + places[i]);
      const span = d * (k - 1) + 1, room = n + 2 * p;
      const outputs = Math.max(0, Math.floor((room - span) / s) + 1);
      const at = Math.min(places[5], Math.max(outputs - 1, 0));
      const taps = outputs ? range(k).map((j) => at * s - p + j * d) : [];
      const read = new Set(range(outputs).flatMap((i) => range(k).map((j) => i * s - p + j * d)));
      const unread = range(n).filter((cell) => !read.has(cell));
      const x = (cell) => given.left + given.cell * (cell + p), half = given.cell / 2;
      const tight = "the kernel spans " + span + " cells, the padded input has " + room;
      const changes = [];

      range(given.cells).forEach((i) => {
        const cell = i - p, inside = cell >= 0 && cell < n, seen = taps.includes(cell);
        changes.push(
          ["cell " + i, "shown", i < room ? "1" : "0"],
          ["cell " + i, "stroke-dasharray", inside ? "none" : "4 3"],
          ["cell " + i, "fill", given.fills[seen ? 2 : unread.includes(cell) ? 1 : 0]],
          ["cell text " + i, "text", inside ? String(cell) : ""],
          ["output " + i, "shown", i < outputs ? "1" : "0"],
          ["output " + i, "fill", given.fills[i === at && outputs ? 2 : 0]],
          ["output text " + i, "shown", i < outputs ? "1" : "0"]);
      });
      range(given.taps).forEach((j) => {
        const shown = j < taps.length ? "1" : "0";
        const left = j < taps.length ? x(taps[j]) : given.left;
        changes.push(
          ["tap " + j, "shown", shown], ["tap " + j, "x", left],
          ["tap text " + j, "shown", shown], ["tap text " + j, "x", left + half]);
      });
      const current = outputs ? [[given.left + given.cell * at, outputRow]] : [];
      changes.push(
        ["marks", "d", taps.map((tap) => [x(tap), inputRow]).concat(current).map(
          ([left, top]) => "M" + left + " " + top + "h28v28h-28z").join("")],
        ["crosses", "d", unread.map((cell) =>
          "M" + (x(cell) + 3) + " " + (inputRow + 3) + "l22 22m0 -22l-22 22").join("")],
        ["lines", "d", taps.map((tap) =>
          "M" + (x(tap) + half) + " " + (kernelRow + given.cell) + "L"
          + (given.left + given.cell * at + half) + " " + outputRow).join("")],
        ["numbers", "text",
          "= ⌊(" + n + " + 2·" + p + " − " + d + "·(" + k + " − 1) − 1) / " + s + "⌋ + 1"],
        ["result", "text", outputs
          ? "= ⌊" + (room - span) + " / " + s + "⌋ + 1 = " + outputs
          : "no output: kernel " + span + " > input " + room]);

      const inside = taps.filter((tap) => tap >= 0 && tap < n), beside = k - inside.length;
      const reads = [];
      if (inside.length) reads.push((inside.length > 1 ? "cells " : "cell ") + list(inside));
      if (beside) reads.push(count(beside, "zero") + " of the padding");
      return {
        changes,
        last: { 5: Math.max(outputs - 1, 0) },
        sentence: "Input " + n + ", kernel " + k + ", stride " + s + ", padding " + p
          + ", dilation " + d + ": " + (outputs
            ? count(outputs, "output") + ". Output " + at + " reads " + reads.join(" and ")
              + (unread.length
                ? ". No window reads cell" + (unread.length > 1 ? "s " : " ") + list(unread)
                  + "."
                : ". Every cell is read.")
            : "no output. " + tight[0].toUpperCase() + tight.slice(1) + "."),
      };
    };
  };
})();
