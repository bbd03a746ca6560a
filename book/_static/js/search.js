// What the search shows of a page: no raw TeX, and no numbers from its figures.

function readable(tex) {
  const words = tex.replace(/^\\[([]|\\[)\]]$/g, "").replace(/\\(?:c\w+|mathrm|operatorname|text)\{([^{}]*)\}/g, "$1");
  return words.replace(/\\([a-zA-Z]+)/g, "$1").replace(/[{}\\]/g, "").replace(/\s+/g, " ").trim();
}

if (typeof Search !== "undefined") {
  const text = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll("div.math, .plot, bptt-stepper, .lesson-files").forEach((part) => part.remove());
    page.querySelectorAll("span.math").forEach((part) => (part.textContent = readable(part.textContent)));
    return text(page.documentElement.outerHTML, anchor);
  };
}
