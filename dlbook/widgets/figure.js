/* Makes the interactive figures of dlbook answer. For most figures Python has computed a
   frame for every position of the controls, and this script shows the frame of the
   current position. A figure with more positions than can be stored brings a script of
   its own, which puts a function into window.dlbookFrames under the figure's name; it
   takes what Python gives it and returns the function from positions to a frame.
   Inlined with every figure, because some notebooks isolate each output. No eval, no
   requests. */
(function () {
  "use strict";

  function stored(data) {
    return (places) => {
      const frame = places.reduce(
        (number, place, i) => number * data.controls[i].labels.length + place, 0);
      return {
        changes: data.bindings.map((binding) =>
          [binding.part, binding.attribute, binding.values[binding.frames[frame]]]),
        sentence: data.sentences.values[data.sentences.frames[frame]],
      };
    };
  }

  function setUp(root) {
    const own = (window.dlbookFrames || {})[root.dataset.name];
    if (root.dataset.ready || ("computed" in root.dataset && !own)) return;
    root.dataset.ready = "yes";
    const data = JSON.parse(root.querySelector("script.dlbook-data").textContent);
    const frameOf = own ? own(data.given) : stored(data);
    const sliders = Array.from(root.querySelectorAll("input[type=range]"));
    const readouts = Array.from(root.querySelectorAll("output"));
    const presets = Array.from(root.querySelectorAll("button[data-places]"));
    const says = root.querySelector(".dlbook-says");
    const parts = (name) => root.querySelectorAll('[data-part="' + name + '"]');
    let timer = null;

    // [slider, position] of each slider that a preset moves
    const moves = (preset) => JSON.parse(preset.dataset.places)
      .map((place, i) => [sliders[i], place]).filter(([, place]) => place !== null);

    function show() {
      const frame = frameOf(sliders.map((slider) => Number(slider.value)));
      Object.entries(frame.last || {}).forEach(([i, last]) => { sliders[i].max = last; });
      sliders.forEach((slider, i) => {
        const label = data.controls[i].labels[Number(slider.value)];
        readouts[i].textContent = label;
        slider.setAttribute("aria-valuetext", label);
      });
      presets.forEach((preset) => preset.setAttribute("aria-pressed",
        String(moves(preset).every(([slider, place]) => Number(slider.value) === place))));
      frame.changes.forEach(([name, attribute, value]) => {
        if (attribute === "shown") { // one digit for each part of this name
          parts(name).forEach((part, i) =>
            part.setAttribute("visibility", value[i] === "1" ? "visible" : "hidden"));
        } else if (attribute === "text") {
          parts(name)[0].textContent = value;
        } else {
          parts(name)[0].setAttribute(attribute, value);
        }
      });
      says.textContent = frame.sentence;
    }

    function step(slider, by) {
      const last = Number(slider.max), next = Number(slider.value) + by;
      if (next < 0 || next > last) return false;
      slider.value = next;
      show();
      return true;
    }

    function stop(button) {
      clearInterval(timer);
      timer = null;
      button.textContent = "Play";
    }

    sliders.forEach((slider) => slider.addEventListener("input", show));
    presets.forEach((preset) => preset.addEventListener("click", () => {
      moves(preset).forEach(([slider, place]) => { slider.value = place; });
      show();
    }));
    root.querySelectorAll("button[data-action]").forEach((button) => {
      const slider = sliders[Number(button.dataset.control)];
      button.addEventListener("click", () => {
        if (button.dataset.action !== "play") {
          step(slider, button.dataset.action === "next" ? 1 : -1);
        } else if (timer !== null) {
          stop(button);
        } else {
          if (slider.value === slider.max) { slider.value = 0; show(); }
          button.textContent = "Pause";
          timer = setInterval(() => { if (!step(slider, 1)) stop(button); }, 1200);
        }
      });
    });
    show();
  }

  document.querySelectorAll(".dlbook-figure").forEach(setUp);
})();
