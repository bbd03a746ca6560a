"""What would run, or be fetched, when a page is opened."""

import re
from html.parser import HTMLParser
from pathlib import Path

_TAGS = frozenset(
    re.findall(
        r"\w+",
        "script iframe frame object embed applet base form input button audio video source track "
        "svg animate set use foreignobject portal template",
    )
)
_PLACES = ("href", "src", "srcset", "action", "formaction", "data", "poster", "background", "xlink")
_HARMLESS = re.compile(r"#|data:,|data:image/(?:png|jpeg|gif|webp);base64,")
_LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)


class Active(HTMLParser):
    """A page's text, its size, and what in it is more than something to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self.size = 0
        self._style = False

    @classmethod
    def of(cls, path: Path) -> "Active":
        page = cls()
        source = path.read_text(encoding="utf-8")
        page.feed(source)
        page.close()
        page.size = len(source)
        if "default-src 'none'" not in source:
            page.found.append("no policy")
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        if tag in _TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            allowed = _LINK if tag == "a" else _HARMLESS
            elsewhere = name.startswith(_PLACES) and not allowed.match(value or "#")
            styled = name == "style" and "url" in (value or "")
            if elsewhere or styled or name.startswith("on") or value == "refresh":
                self.found.append(f"{tag} {name}={value!r}")

    def handle_data(self, data: str) -> None:
        if self._style and re.search(r"@import|url\(", data):
            self.found.append("a style from elsewhere")
        self._style = False
        self.text += data
