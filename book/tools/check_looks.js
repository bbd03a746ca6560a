// What in a page's article does not fit, a line each. `scrolls`: whether boxes may scroll, with a sign of it.
([medium, scrolls]) => {
  const problems = new Set();
  const tell = (what, element) => {
    const place = element.closest("[id]")?.id ?? "";
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    problems.add(`${medium}: ${what}: ${element.tagName.toLowerCase()} in #${place}: ${text}`);
  };
  for (const element of document.querySelectorAll("article *")) {
    const inside = element.parentElement.closest("mjx-container, svg") || element.closest(".sr-only");
    const over = element.scrollWidth - element.clientWidth;
    if (inside || over <= 1 || element.clientWidth <= 1 || !element.checkVisibility()) continue;
    const { display, overflowX, backgroundImage } = getComputedStyle(element);
    if (display === "inline" || overflowX === "visible") continue;
    if (["hidden", "clip"].includes(overflowX)) tell(`${over} px are cut off`, element);
    else if (!scrolls) tell(`${over} px wider than its column`, element);
    else if (!backgroundImage.includes("gradient")) tell("scrolls without a sign of it", element);
  }
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) problems.add(`${medium}: the page scrolls sideways`);
  return [...problems];
}
