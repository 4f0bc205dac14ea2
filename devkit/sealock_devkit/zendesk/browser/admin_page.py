# SPDX-License-Identifier: Apache-2.0
"""One page of the admin UI, read as a browser reads it: its words, its forms, and a sign-in that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sealock_devkit.zendesk.urls import absolute

PROBLEMS = "[role=alert], .error, .errors, .problem, .problems, .field-error"
WINDOWS = 'a[href][target="_blank"][rel~="opener"]'
BUTTON_KINDS = {"submit", "image"}
UNSENT_KINDS = {"button", "reset", "file"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, or one radio button."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A form's field as the page has it."""

    name: str
    kind: str
    """`text`, `password`, `hidden`, `checkbox`, `radio`, `select`, `textarea`, ..."""
    labels: tuple[str, ...]
    """What it can be called by: its label, placeholder, ..."""
    value: str = field(repr=False)
    required: bool = False
    checked: bool = False
    choices: tuple[Choice, ...] = ()
    autocomplete: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends the form."""

    name: str
    value: str
    label: str
    action: str
    method: str
    validates: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page."""

    action: str
    """Absolute."""
    method: str
    encoding: str
    validates: bool
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page of the admin UI as a browser has it."""

    url: str
    status: int
    title: str
    text: str = field(repr=False)
    problems: tuple[str, ...]
    """What the page says is wrong, as the administrator reads it."""
    forms: tuple[Form, ...]
    html: str = field(repr=False)
    has_cut_values: bool = False
    """Whether a quote inside a value ended it: what came after it became names of attributes."""
    windows: tuple[str, ...] = field(default=(), repr=False)
    """Where its links lead that open a window which can talk back to the page."""
    shown_code: str = field(default="", repr=False)
    """What the page shows in a field that cannot be changed: to be copied."""


def read_page(html: str, url: str, status: int) -> AdminPage:
    """Read a page that was loaded from `url`."""
    tree = LexborHTMLParser(html)
    base_node = tree.css_first("base[href]")
    base = absolute(url, (base_node.attributes.get("href") or "") if base_node is not None else "")
    title = tree.css_first("title")
    for node in tree.css("script, style, template"):
        node.decompose()
    body = tree.body
    return AdminPage(
        url=url,
        status=status,
        title=_words(title) if title is not None else "",
        text=_words(body) if body is not None else "",
        problems=tuple(dict.fromkeys(filter(None, (_words(node) for node in tree.css(PROBLEMS))))),
        forms=tuple(_form(node, tree, base) for node in tree.css("form")),
        html=html,
        has_cut_values=any(_is_cut(node) for node in tree.css("form, input, option, button")),
        windows=tuple(absolute(base, node.attributes.get("href") or "") for node in tree.css(WINDOWS)),
        shown_code=next((node.attributes.get("value") or "" for node in tree.css("input[readonly]")), ""),
    )


def _is_cut(node: LexborNode) -> bool:
    return any(quote in name for name in node.attributes for quote in "\"'")


def _words(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def _form(node: LexborNode, tree: LexborHTMLParser, base: str) -> Form:
    attributes = node.attributes
    action = absolute(base, attributes.get("action") or base)
    method = (attributes.get("method") or "get").lower()
    controls = list(node.css("input, select, textarea, button"))
    form_id = attributes.get("id")
    if form_id:
        controls += [each for each in tree.css("[form]") if each.attributes.get("form") == form_id]
    controls = [each for each in controls if "disabled" not in each.attributes]
    return Form(
        action=action,
        method=method,
        encoding=(attributes.get("enctype") or "application/x-www-form-urlencoded").lower(),
        validates="novalidate" not in attributes,
        fields=tuple(found for each in controls if (found := _field(each, tree)) is not None),
        buttons=tuple(_button(each, action, method, base) for each in controls if _kind(each) in BUTTON_KINDS),
    )


def _kind(node: LexborNode) -> str:
    if node.tag == "button":
        return (node.attributes.get("type") or "submit").lower()
    if node.tag in {"select", "textarea"}:
        return str(node.tag)
    return (node.attributes.get("type") or "text").lower()


def _field(node: LexborNode, tree: LexborHTMLParser) -> Field | None:
    attributes, kind = node.attributes, _kind(node)
    name = attributes.get("name") or ""
    if not name or node.tag == "button" or kind in BUTTON_KINDS | UNSENT_KINDS:
        return None
    value = attributes.get("value") or ""
    if kind == "textarea":
        value = node.text().removeprefix("\n")
    if kind in {"checkbox", "radio"} and "value" not in attributes:
        value = "on"
    return Field(
        name=name,
        kind=kind,
        labels=_labels(node, tree),
        value=value,
        required="required" in attributes,
        checked="checked" in attributes,
        choices=tuple(_choice(option) for option in node.css("option")) if kind == "select" else (),
        autocomplete=(attributes.get("autocomplete") or "").lower(),
    )


def _choice(option: LexborNode) -> Choice:
    label = _words(option)
    value = option.attributes.get("value")
    return Choice(label if value is None else value, label, "selected" in option.attributes)


def _labels(node: LexborNode, tree: LexborHTMLParser) -> tuple[str, ...]:
    attributes = node.attributes
    found: list[str] = []
    node_id = attributes.get("id")
    if node_id:
        found += [_words(label) for label in tree.css("label") if label.attributes.get("for") == node_id]
        found.append(node_id)
    parent = node.parent
    while parent is not None and parent.tag != "form":
        if parent.tag == "label":
            found.append(_words(parent))
        parent = parent.parent
    found += [attributes.get("placeholder") or "", attributes.get("aria-label") or ""]
    return tuple(label for label in found if label)


def _button(node: LexborNode, action: str, method: str, base: str) -> Button:
    attributes = node.attributes
    formaction = attributes.get("formaction")
    return Button(
        name=attributes.get("name") or "",
        value=attributes.get("value") or "",
        label=_words(node) if node.tag == "button" else (attributes.get("value") or "Submit"),
        action=absolute(base, formaction) if formaction else action,
        method=(attributes.get("formmethod") or method).lower(),
        validates="formnovalidate" not in attributes,
    )


def return_form(page: AdminPage, return_url: str) -> Form | None:
    """The form that gives the account to Zendesk, if the page has it."""
    return next((form for form in page.forms if form.action == return_url and form.method == "post"), None)


def plain(label: str) -> str:
    """A label for comparison: without case, spacing and the marks of required fields."""
    return " ".join(label.split()).rstrip("*: ").removesuffix("(required)").rstrip("*: ").casefold()


def called(field_: Field, name: str) -> bool:
    """Whether a field can be called so: by its name, or by what stands at it."""
    return field_.name == name or plain(name) in {plain(label) for label in field_.labels}


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to sign in, and which field takes the code."""

    url: str
    field: Field

    @property
    def code_field(self) -> str:
        """The field's name."""
        return self.field.name

    def is_answered(self, answers: Mapping[str, Any]) -> bool:
        """Whether somebody signed in already, and has the code among the answers."""
        return any(called(self.field, name) for name in answers)


def sign_in_of(page: AdminPage) -> SignIn | None:
    """What a page waits for: it has a link that opens a window, and a field for a one-time code."""
    for form in page.forms:
        for each in form.fields:
            if each.autocomplete == "one-time-code" and page.windows:
                return SignIn(page.windows[0], each)
    return None
