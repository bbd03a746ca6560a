// A formula that is wider than the page scrolls in its own box. What scrolls can be reached with the keyboard.

function makeScrollableFocusable() {
  for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}

window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  new ResizeObserver(makeScrollableFocusable).observe(document.body);
});
