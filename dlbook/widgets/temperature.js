/* The distribution of the next token, computed where it is read: the twin of the frames
   of dlbook.widgets.temperature. */
(function () {
  "use strict";

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const percent = (share) => (100 * share).toFixed(1) + "%";
  const place = (value) => String(Number(value.toFixed(1)));

  // orders are the same for every temperature: the largest score first, ties as they come
  function keptShares(scores, order, degree, k, p) {
    const largest = scores[order[0]];
    let shares = scores.map((score) => Math.exp((score - largest) / degree));
    const normalize = () => {
      const total = sum(shares);
      shares = shares.map((share) => share / total);
    };
    order.slice(k).forEach((i) => { shares[i] = 0; });
    normalize();
    if (p < 1) {
      let before = 0;
      order.forEach((i) => {
        const share = shares[i];
        if (before >= p) shares[i] = 0;
        before += share;
      });
      normalize();
    }
    return shares;
  }

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["temperature"] = function (given) {
    const { names, contexts, scores, rows, kept } = given;
    const [left, longest] = given.bars, [ink, gray] = given.inks;
    const orders = scores.map((raw) => raw.map((_, i) => i).sort((a, b) => raw[b] - raw[a]));
    const own = scores.map((raw, n) => keptShares(raw, orders[n], 1, raw.length, 1));

    return function (places) {
      const [which, heat, top, share] = scores.length > 1 ? places : [0, ...places];
      const degree = given.temperatures[heat], k = kept[top], p = given.shares[share];
      const order = orders[which], now = keptShares(scores[which], order, degree, k, p);
      const changes = [["context", "text", given.headings[which]]];
      for (let n = 0; n <= rows; n++) {
        const at = n < rows ? [order[n]] : order.slice(rows);
        const part = sum(at.map((i) => now[i])), before = sum(at.map((i) => own[which][i]));
        changes.push(
          ["token " + n, "text", n < rows ? names[at[0]] : at.length + " more"],
          ["token " + n, "fill", part ? ink : gray],
          ["bar " + n, "width", place(longest * part)],
          ["own " + n, "x", place(left + longest * before - 1.5)],
          ["share " + n, "text", part ? percent(part) : "cut"]);
      }
      const count = now.filter((value) => value > 0).length;
      const entropy = Math.abs(sum(now.map((value) => value > 0
        ? value * Math.log2(value) : 0)));
      const bits = entropy.toFixed(2), perplexity = Math.pow(2, entropy).toFixed(2);
      [count + " of " + names.length + " tokens", "entropy " + bits + " bits",
        "perplexity " + perplexity].forEach((fact, n) =>
        changes.push(["fact " + n, "text", fact]));
      const said = (i) => "“" + names[i] + "” (" + percent(now[i]) + ")";
      return {
        changes,
        sentence: (contexts[which] ? "After " + contexts[which] + ". " : "")
          + "Temperature " + degree.toFixed(1) + ", top-k "
          + (k < names.length ? k : "all") + ", top-p " + p.toFixed(2) + ": " + count
          + " of " + names.length + " tokens are left, with an entropy of " + bits
          + " bits and a perplexity of " + perplexity + ". Most likely is "
          + said(order[0]) + (now[order[1]] > 0 ? ", then " + said(order[1]) : "") + ".",
      };
    };
  };
})();
