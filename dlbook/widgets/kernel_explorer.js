/* The response of a kernel, computed where it is read: the twin of the frames of
   dlbook.widgets.kernel_explorer. The picture is a bitmap of which Python gives the head. */
(function () {
  "use strict";

  const fixed = (value) => {
    const text = value.toFixed(2).replace("-", "−");
    return text === "−0.00" ? "0.00" : text;
  };
  const short = (value) => fixed(value).replace(/\.?0+$/, "");
  const place = (value) => String(Number(value.toFixed(1)));

  window.dlbookFrames = window.dlbookFrames || {};
  window.dlbookFrames["kernel-explorer"] = function (given) {
    const side = given.side, steps = given.steps;
    const pixels = Array.from(atob(given.pixels), (byte) => byte.charCodeAt(0) / 255);
    const head = atob(given.head), rest = "\0".repeat((4 - side % 4) % 4);
    const [photo, response, top, pixel] = given.box;
    const tint = (value) => given.tints[Math.sign(value) + 1];
    const nine = (row, column) => [-1, 0, 1].flatMap((r) =>
      [-1, 0, 1].map((c) => pixels[(row + r) * side + column + c]));

    function respond(kernel, divisor) {
      const rows = [];
      let low = Infinity, high = -Infinity;
      for (let row = side - 1; row >= 0; row--) { // a bitmap begins at the bottom
        let line = "";
        for (let column = 0; column < side; column++) {
          if (row % (side - 1) === 0 || column % (side - 1) === 0) {
            line += String.fromCharCode(2 * steps + 1);
            continue;
          }
          const first = (row - 1) * side + column - 1;
          let sum = 0;
          for (let i = 0; i < 9; i++)
            sum += kernel[i] * pixels[first + Math.floor(i / 3) * side + i % 3];
          sum /= divisor;
          low = Math.min(low, sum);
          high = Math.max(high, sum);
          line += String.fromCharCode(
            Math.floor(Math.max(-1, Math.min(1, sum)) * steps + 0.5) + steps);
        }
        rows.push(line + rest);
      }
      return {
        low, high, address: "data:image/bmp;base64," + btoa(head + rows.join("")),
      };
    }

    return function (places) {
      const kernel = places.slice(0, 9).map((at) => at - given.largest);
      const divisor = given.divisors[places[9]];
      const row = places[10] + 1, column = places[11] + 1;
      const { low, high, address } = respond(kernel, divisor);
      const patch = nine(row, column);
      const products = patch.map((value, i) => value * kernel[i]);
      const total = products.reduce((sum, product) => sum + product, 0);
      const said = fixed(total / divisor), divided = divisor > 1;
      const changes = [
        ["response", "href", address],
        ["window", "x", place(photo + (column - 1) * pixel)],
        ["window", "y", place(top + (row - 1) * pixel)],
        ["result", "x", place(response + column * pixel)],
        ["result", "y", place(top + row * pixel)],
        ["sum", "text", "sum of the products " + fixed(total)
          + (divided ? " / " + divisor + " = " + said : "")],
      ];
      for (let i = 0; i < 9; i++) {
        const shade = Math.round(patch[i] * 255).toString(16).padStart(2, "0");
        changes.push(
          ["pixel " + i, "fill", "#" + shade.repeat(3)],
          ["pixel text " + i, "fill", patch[i] >= 0.46 ? "#000" : "#fff"],
          ["pixel text " + i, "text", fixed(patch[i])],
          ["weight " + i, "fill", tint(kernel[i])],
          ["weight text " + i, "text", short(kernel[i])],
          ["product " + i, "fill", tint(products[i])],
          ["product text " + i, "text", fixed(products[i])]);
      }
      return {
        changes,
        sentence: "The nine numbers add up to "
          + short(kernel.reduce((sum, value) => sum + value, 0) / divisor)
          + ". At row " + row + ", column " + column + " the products are "
          + products.map(fixed).join(", ") + "; their sum"
          + (divided ? ", divided by " + divisor + "," : "") + " is the response " + said
          + ". Over the picture it runs from " + fixed(low) + " to " + fixed(high) + ".",
      };
    };
  };
})();
