// What is wider than the page scrolls in its own box; there it can be reached with the keyboard.
// Paper is white: a page in dark colours is printed in light ones.

function makeScrollableFocusable() {
  for (const box of document.querySelectorAll('mjx-container[display="true"], .plot, p > span.math, li > span.math')) {
    const content = box.querySelector("mjx-math, svg"); // not MathJax's hidden MathML, which may be wider
    if (content?.getBoundingClientRect().width > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  new ResizeObserver(makeScrollableFocusable).observe(document.body);
});

const root = document.documentElement;
let onScreen;

window.addEventListener("beforeprint", () => {
  onScreen = root.dataset.theme;
  root.dataset.theme = "light";
});
window.addEventListener("afterprint", () => (root.dataset.theme = onScreen));
