/* The weights of attention, computed where they are read: the twin of the frames of
   dlbook.widgets.attention_weights. */
(function () {
  "use strict";

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const place = (value) => String(Number(value.toFixed(1)));
  const fixed = (value) => {
    const size = Math.floor(100 * Math.abs(value) + 0.5) / 100;
    return (value < 0 && size ? "−" : "") + size.toFixed(2);
  };

  // one row: a key that the mask hides has the score -Infinity
  function softmax(scores) {
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest)), total = sum(powers);
    return powers.map((power) => power / total);
  }

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["attention-weights"] = function (given) {
    const { tokens, keys, products, width, own } = given;
    const [ground, blue] = given.colors, [ink, gray] = given.inks;
    const shade = (weight) => "rgb(" + ground.map((from, i) =>
      Math.floor(from + (blue[i] - from) * weight + 0.5)).join(", ") + ")";

    return function (places) {
      const [head, query, heat, scaled, causal] =
        [...(products.length > 1 ? [] : [0]), ...places, ...(own ? [] : [0])];
      const degree = given.temperatures[heat];
      const divisor = degree * (scaled ? Math.sqrt(width) : 1);
      const hidden = (i, j) => causal === 1 && j > i;
      const scores = products[head].map((row, i) => row.map((product, j) =>
        hidden(i, j) ? -Infinity : product / divisor));
      const weights = scores.map(softmax), row = weights[query];
      const changes = [];
      keys.forEach((_, j) => {
        const lost = hidden(query, j);
        changes.push(
          ["product " + j, "text", fixed(products[head][query][j])],
          ["score " + j, "text", lost ? "−∞" : fixed(scores[query][j])],
          ["bar " + j, "width", place(given.bar * row[j])],
          ["weight " + j, "text", lost ? "hidden" : row[j].toFixed(3)],
          ["weight " + j, "fill", lost ? gray : ink]);
      });
      weights.forEach((line, i) => line.forEach((weight, j) => changes.push(
        ["cell " + i + " " + j, "fill", shade(weight)],
        ["cell " + i + " " + j, "visibility", hidden(i, j) ? "hidden" : "visible"])));
      changes.push(["focus", "y", place(given.map[0] + query * given.map[1])]);
      const entropy = Math.abs(sum(row.map((value) => value > 0
        ? value * Math.log2(value) : 0))).toFixed(2);
      const most = Math.log2(keys.filter((_, j) => !hidden(query, j)).length).toFixed(2);
      changes.push(["entropy", "text",
        "entropy " + entropy + " of at most " + most + " bits"]);
      const [first, second] = row.map((_, j) => j).sort((a, b) => row[b] - row[a]);
      const said = (j) => "“" + keys[j] + "” (" + row[j].toFixed(3) + ")";
      return {
        changes,
        sentence: (products.length > 1 ? "Head " + (head + 1) + ". " : "")
          + "The query of “" + tokens[query] + "” (token " + (query + 1) + " of "
          + tokens.length + "), "
          + (scaled ? "products divided by √" + width : "products not divided")
          + ", temperature " + degree
          + (own ? ", " + (causal ? "causal" : "no") + " mask" : "")
          + ": it looks most at " + said(first)
          + (row[second] > 0 ? ", then at " + said(second) : "")
          + ". The entropy of its weights is " + entropy + " bits, of at most " + most
          + ".",
      };
    };
  };
})();
