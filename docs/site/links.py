"""Check the links of a built site: pages and headings that they lead to are there, addresses are well formed.

    python docs/site/links.py build/site

Nothing is asked of the network; an address elsewhere is only looked at.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_TARGETS = {"a": "href", "link": "href", "img": "src", "script": "src", "iframe": "src"}


class Page(HTMLParser):
    """The links of a page, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element links to, and what it is called."""
        given = dict(attrs)
        name = given.get("id")
        if name and "table-wrapper" not in (given.get("class") or ""):  # which Furo gives its table's id
            self.twice |= {name} & self.ids
            self.ids.add(name)
        target = given.get(_TARGETS.get(tag, ""))
        if target:
            self.links.add(target)


def problems(site: Path) -> list[str]:
    """A sentence for each link that leads nowhere, and for each id that a page has twice."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name}: the id {each} is there twice" for each in sorted(page.twice)]
        found += [f"{name}: {why}" for link in sorted(page.links) if (why := _wrong(link, path, pages))]
    return found


def _wrong(link: str, path: Path, pages: dict[Path, Page]) -> str:
    """What is wrong with a link of a page; nothing where it leads somewhere."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return "" if _HOST.fullmatch(parts.hostname or "") else f"{link} is no address"
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme or parts.netloc:
        return f"{link} leads out of the site by an unknown way"
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not there.exists():
        return f"{link} leads to no page"
    anchor = unquote(parts.fragment)
    if anchor and there in pages and anchor not in pages[there].ids:
        return f"{link} leads to no heading of that page"
    return ""


def main(folder: str) -> int:
    """Print what is wrong; 1 where there is something."""
    site = Path(folder).resolve()
    found = problems(site)
    count = len(list(site.rglob("*.html")))
    print("\n".join([*found, f"{count} pages, {len(found)} links lead nowhere"]))
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
