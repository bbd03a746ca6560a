"""Check a built site without a network: links, anchors, assets, ids, pictures, language, markup."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from paths import SITE

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
MARKUP = re.compile(r"\{[a-z][a-z:-]*\}`|^:::|\]\(#?[\w/.-]+\)|\\(?:begin|frac|tanh)\b", re.M)
CSS_URL = re.compile(r"""(?:url\(\s*|@import\s+)['"]?((?:https?:)?//[^)'"\s]+)""")
REDIRECT = re.compile(r"url=(?P<target>\S+)", re.I)
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}
LINK_RELATIONS_LOADED = {"stylesheet", "icon", "shortcut", "preload", "modulepreload", "manifest"}
CODE = {"script", "style", "code", "pre", "textarea"}


class Page(HTMLParser):
    """What the checks need to know of one HTML file."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.problems: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, attributes))
        if attributes.get("id"):
            self.ids[str(attributes["id"])] += 1
        for name in ("alt", "title", "aria-label"):
            self._check_language(attributes.get(name) or "", attributes)
        getattr(self, f"_see_{tag}", lambda _: None)(attributes)
        if tag in {
            "img",
            "script",
            "source",
            "iframe",
            "video",
            "audio",
            "embed",
        } and attributes.get("src"):
            self.assets.append(str(attributes["src"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        for index in reversed(range(len(self._open))):
            if self._open[index][0] == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        self._check_language(data, {})
        is_math = any(
            "math" in (attributes.get("class") or "").split() for _, attributes in self._open
        )
        if not is_math and not any(tag in CODE for tag, _ in self._open):
            found = MARKUP.search(data)
            if found:
                self.problems.append(
                    f"markup left in the text: {found[0]!r} in {data.strip()[:60]!r}"
                )

    def _see_a(self, attributes: dict[str, str | None]) -> None:
        if attributes.get("name"):
            self.ids.setdefault(str(attributes["name"]), 1)
        if attributes.get("href") is not None:
            self.links.append(str(attributes["href"]))

    def _see_link(self, attributes: dict[str, str | None]) -> None:
        relations = set((attributes.get("rel") or "").split())
        if attributes.get("href"):
            kind = self.assets if relations & LINK_RELATIONS_LOADED else self.links
            kind.append(str(attributes["href"]))

    def _see_meta(self, attributes: dict[str, str | None]) -> None:
        redirect = REDIRECT.search(attributes.get("content") or "")
        if redirect and (attributes.get("http-equiv") or "").lower() == "refresh":
            self.links.append(redirect["target"])

    def _see_img(self, attributes: dict[str, str | None]) -> None:
        alt, source = attributes.get("alt"), attributes.get("src") or ""
        in_text = any(tag == "article" for tag, _ in self._open)
        # docutils puts the file's name where nothing was written
        if alt is None or (
            in_text and (not alt.strip() or alt == source or alt.endswith(Path(source).name))
        ):
            self.problems.append(f"image without alt text: {source}")

    def _check_language(self, text: str, attributes: dict[str, str | None]) -> None:
        marked = any(
            (a.get("lang") or "").startswith("zh")
            for a in [attributes, *(a for _, a in self._open)]
        )
        if not marked and CHINESE.search(text):
            self.problems.append(f"Chinese text that is not marked as such: {text.strip()[:40]!r}")


def check_site(site: Path) -> list[str]:
    """Everything that is wrong with a site, a line each, in order.

    Args:
        site: the folder of the built site.
    """
    site = site.resolve()
    files = [path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts]
    pages = {path: Page(path.read_text("utf8")) for path in files}
    problems = [
        f"{path.relative_to(site)}: {text}"
        for path in pages
        for text in _page_problems(path, site, pages)
    ]
    for path in site.rglob("*.css"):
        for url in CSS_URL.findall(path.read_text("utf8", "replace")):
            problems.append(f"{path.relative_to(site)}: external asset: {url}")
    return sorted(set(problems))


def _page_problems(path: Path, site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    page = pages[path]
    yield from page.problems
    yield from (
        f"duplicate id: {name!r}, {count} times" for name, count in page.ids.items() if count > 1
    )
    for url in page.assets:
        if urlsplit(url).netloc:
            yield f"external asset: {url}"
    for url in page.assets + page.links:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.exists() or not target.is_relative_to(site):
            yield f"dead link: {url}"
        elif (
            parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids
        ):
            yield f"dead anchor: {url}"


def main(site: Path) -> bool:
    """Print what is wrong with a site. Returns whether nothing is."""
    problems = check_site(site)
    for problem in problems:
        print(f"  {problem}", file=sys.stderr)
    count = len(list(site.rglob("*.html")))
    print(f"  {count} files, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return not problems


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1]) if len(sys.argv) > 1 else SITE) else 1)
