/* What can be scrolled sideways can be reached with the keyboard: tables, code and
   formulas that are wider than their place become a stop of the Tab key. */
(function () {
  "use strict";
  const AREAS = ".pst-scrollable-table-container, .bd-article pre, mjx-container[display]";

  function look() {
    document.querySelectorAll(AREAS).forEach((area) => {
      const scrolls = area.scrollWidth > area.clientWidth + 1;
      if (scrolls && !area.hasAttribute("tabindex")) {
        area.setAttribute("tabindex", "0");
        area.dataset.scrolls = "yes";
        if (area.classList.contains("pst-scrollable-table-container")) {
          area.setAttribute("role", "region");
          area.setAttribute("aria-label", "Table that scrolls sideways");
        }
      } else if (!scrolls && area.dataset.scrolls) {
        ["tabindex", "role", "aria-label", "data-scrolls"].forEach((name) => area.removeAttribute(name));
      }
    });
  }

  window.addEventListener("load", () => {
    look();
    if (window.MathJax && window.MathJax.startup) window.MathJax.startup.promise.then(look);
    document.querySelectorAll("details").forEach((one) => one.addEventListener("toggle", look));
  });
  window.addEventListener("resize", look);
})();
