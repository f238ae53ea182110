/* Makes the interactive figures of dlbook answer. Python has computed a frame for every
   position of the controls; this script shows the frame of the current position.
   Inlined with every figure, because some notebooks isolate each output. No eval, no
   requests. */
(function () {
  "use strict";

  function setUp(root) {
    if (root.dataset.ready) return;
    root.dataset.ready = "yes";
    const data = JSON.parse(root.querySelector("script.dlbook-data").textContent);
    const sliders = Array.from(root.querySelectorAll("input[type=range]"));
    const readouts = Array.from(root.querySelectorAll("output"));
    const says = root.querySelector(".dlbook-says");
    const parts = (name) => root.querySelectorAll('[data-part="' + name + '"]');
    let timer = null;

    function frameNumber() {
      return sliders.reduce(
        (number, slider, i) => number * data.controls[i].labels.length + Number(slider.value), 0);
    }

    function show() {
      const frame = frameNumber();
      sliders.forEach((slider, i) => {
        const label = data.controls[i].labels[Number(slider.value)];
        readouts[i].textContent = label;
        slider.setAttribute("aria-valuetext", label);
      });
      data.bindings.forEach((binding) => {
        const value = binding.values[binding.frames[frame]];
        if (binding.attribute === "shown") { // one digit for each part of this name
          parts(binding.part).forEach((part, i) =>
            part.setAttribute("visibility", value[i] === "1" ? "visible" : "hidden"));
        } else if (binding.attribute === "text") {
          parts(binding.part)[0].textContent = value;
        } else {
          parts(binding.part)[0].setAttribute(binding.attribute, value);
        }
      });
      says.textContent = data.sentences.values[data.sentences.frames[frame]];
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
    root.querySelectorAll("button").forEach((button) => {
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
