# SPDX-License-Identifier: Apache-2.0
"""What in an answer's headers, or in a page as a browser reads it, could run, load or lead where it must not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import httpx2
from selectolax.lexbor import LexborHTMLParser, LexborNode

FORBIDDEN = (
    "server",
    "x-powered-by",
    "set-cookie",
    "strict-transport-security",
    "x-xss-protection",
    "public-key-pins",
)
"""None of them tells what runs here; none keeps anything in the browser, for this address or for the whole host."""


def header_weaknesses(
    answer: httpx2.Response, *, framed_by: Sequence[Sequence[str]], may_be_kept: bool
) -> Iterator[str]:
    """Everything that is wrong, each in words. `framed_by`: each list of frame-ancestors that is right."""
    headers = answer.headers
    if headers.get("x-content-type-options") != "nosniff":
        yield "its type may be guessed: no nosniff"
    if headers.get("referrer-policy") not in {"no-referrer", "same-origin"}:
        yield "its address is told to other sites: no Referrer-Policy"
    yield from (f"it has {name}" for name in FORBIDDEN if name in headers)
    yield from (f"other origins' pages may read it: {name}" for name in headers if name.startswith("access-control-"))
    yield from _kind(answer)
    keeping = headers.get("cache-control", "")
    if "no-store" not in keeping and not (may_be_kept and answer.status_code < 400):
        yield f"it may be kept: {keeping!r}"
    if "content-security-policy" not in headers:
        yield "it has no policy"
        return
    policy = policy_of(headers)
    if policy.get("default-src") != ["'none'"]:
        yield "its policy allows everything that it does not name"
    if policy.get("frame-ancestors") not in framed_by:
        yield f"it may be framed by {policy.get('frame-ancestors')}"


def _kind(answer: httpx2.Response) -> Iterator[str]:
    kind = answer.headers.get("content-type", "")
    if not kind and answer.status_code not in {204, 302, 303, 304} and answer.headers.get("content-length") != "0":
        yield "it does not say its type"
    is_saved = answer.headers.get("content-disposition", "").startswith("attachment")
    if kind.startswith("text/") and not is_saved and "event-stream" not in kind and "charset=utf-8" not in kind:
        yield f"it does not say its charset: {kind}"


URLS = ("href", "src", "action", "formaction", "data", "xlink:href", "poster", "background", "srcset", "ping")
SAFE_URL = re.compile(r"(https?://.+|/(?![/\\])[^\s\\]*|#[^\s]*|)", re.DOTALL)
FREE = "main .html"
"""Where an origin's own HTML stands, cleaned: it may have elements, of a short list."""
CLEANED = {
    "p": set(),
    "br": set(),
    "b": set(),
    "strong": set(),
    "i": set(),
    "em": set(),
    "u": set(),
    "a": {"href", "rel"},
    "ul": set(),
    "ol": set(),
    "li": set(),
    "blockquote": set(),
    "pre": set(),
    "code": set(),
    "img": {"src", "alt"},
}


def policy_of(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """The answer's policy by directive."""
    found: dict[str, list[str]] = {}
    for part in headers["content-security-policy"].split(";"):
        name, *sources = part.split()
        assert name not in found, f"{name} stands twice in the policy"
        found[name] = sources
    return found


def weaknesses(text: str, headers: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with a page, each in words."""
    tree = LexborHTMLParser(text)
    return [*_policy_weaknesses(headers), *_script_weaknesses(tree, headers), *_url_weaknesses(tree), *_free(tree)]


def _policy_weaknesses(headers: Mapping[str, str]) -> Iterator[str]:
    policy = policy_of(headers)
    if policy.get("default-src") != ["'none'"]:
        yield "default-src is not 'none'"
    for name in ("script-src", "style-src", "object-src", "worker-src", "frame-src", "connect-src", "img-src"):
        sources = policy.get(name, ["'none'"])
        if any(each.startswith("'unsafe") or each in {"*", "data:", "blob:", "http:"} for each in sources):
            yield f"{name} is open: {sources}"
    if any(not re.fullmatch(r"'nonce-[\w-]{22,}'|'none'", each) for each in policy.get("script-src", [])):
        yield "scripts are allowed by something else than a nonce"
    if policy.get("base-uri") != ["'none'"]:
        yield "base-uri is not 'none'"
    for name in ("form-action", "frame-ancestors"):
        if not policy.get(name):
            yield f"{name} is not said"


def _script_weaknesses(tree: LexborHTMLParser, headers: Mapping[str, str]) -> Iterator[str]:
    nonces = [each[7:-1] for each in policy_of(headers).get("script-src", []) if each.startswith("'nonce-")]
    for node in tree.css("script"):
        if node.attributes.get("nonce") not in nonces:
            yield "a script without the answer's nonce"
        if not re.fullmatch(r"/assets/[\w.-]+|", node.attributes.get("src") or ""):
            yield "a script of another place"
        if re.search(r"<!--|<script", node.text(), re.IGNORECASE):
            yield "a script that HTML's rules for scripts could extend"


def _url_weaknesses(tree: LexborHTMLParser) -> Iterator[str]:
    for node in _elements(tree):
        for name, value in node.attributes.items():
            if name.startswith("on") or name in {"style", "srcdoc"}:
                yield f"<{node.tag} {name}>"
            elif name in URLS and not SAFE_URL.fullmatch(value or "") and not _is_mail(node, value or ""):
                yield f"<{node.tag} {name}={value!r}>"


def _is_mail(node: LexborNode, value: str) -> bool:
    return node.tag == "a" and value.startswith("mailto:")


def _free(tree: LexborHTMLParser) -> Iterator[str]:
    for place in tree.css(FREE):
        for node in place.traverse():
            if node.tag.startswith(("-", "_")) or node == place:
                continue
            extra = set(node.attributes) - CLEANED.get(node.tag, set())
            if node.tag not in CLEANED or extra:
                yield f"<{node.tag} {' '.join(extra)}> in an origin's HTML"


def skeleton(text: str) -> list[str]:
    """The elements in their order, each with its place and its attributes' names; nothing that is only text."""
    tree = LexborHTMLParser(text)
    for place in tree.css(FREE):
        place.inner_html = ""
    return [f"{_place(node)} {' '.join(sorted(node.attributes))}".strip() for node in _elements(tree)]


def _elements(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    root = tree.root
    assert root is not None
    yield from (node for node in root.traverse() if node.tag and not node.tag.startswith(("-", "_", "!")))


def _place(node: LexborNode) -> str:
    tags = [str(node.tag)]
    parent = node.parent
    while parent is not None and parent.tag and not parent.tag.startswith("-"):
        tags.append(str(parent.tag))
        parent = parent.parent
    return ">".join(reversed(tags))


def first_difference(one: list[str], other: list[str]) -> str:
    """Where two skeletons part, in words; empty when they do not."""
    for number, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return f"element {number}: {mine!r} became {theirs!r}"
    return "" if len(one) == len(other) else f"{len(one)} elements became {len(other)}"


def value_of(text: str, selector: str, attribute: str) -> str:
    """An attribute of the first element that fits."""
    node = LexborHTMLParser(text).css_first(selector)
    assert node is not None, f"nothing is {selector}"
    return node.attributes[attribute] or ""
