// SPDX-License-Identifier: Apache-2.0
// Keeps the parts of a page that are marked with data-live as the server would show them now.
"use strict";

const indicator = document.getElementById("live-state");
let fetching = false;
let again = false;

function say(state, words) {
  indicator.dataset.state = state;
  indicator.textContent = words;
}

/* What is on the page already stays the same element, so that nothing is lost that is focused, open, marked or clicked. */
function adapt(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  if (node.isAnswering) return;
  for (const { name, value } of [...wanted.attributes]) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name) && !(node.localName === "details" && name === "open")) node.removeAttribute(name);
  }
  adaptChildren(node, wanted);
}

/* What tells an element from its neighbours: its id, or the first one inside it, as for a table's row. */
function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.id || node.querySelector("[id]")?.id || "" : "";
}

function adaptChildren(parent, wanted) {
  const here = new Map([...parent.children].map((each) => [key(each), each]));
  const coming = new Set([...wanted.children].map(key));
  const isFree = (node) => !key(node) || !coming.has(key(node));
  let place = parent.firstChild;
  for (const child of [...wanted.childNodes]) {
    const known = key(child) && here.get(key(child));
    if (known && known !== place) place = parent.insertBefore(known, place);
    const fits = place && place.nodeName === child.nodeName && (place.id ?? "") === (child.id ?? "");
    if (fits && (known || (isFree(place) && !key(child) === !key(place)))) {
      adapt(place, child);
      place = place.nextSibling;
    } else {
      parent.insertBefore(document.adoptNode(child), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function swap(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const wanted = fresh.getElementById(part.id);
    if (wanted) adaptChildren(part, wanted);
  }
  document.dispatchEvent(new Event("sealock-live"));
}

async function refresh() {
  again = fetching;
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch(document.body.dataset.address);
    if (answer.redirected) location.replace(answer.url);
    else if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    say("lost", "not running");
  } finally {
    fetching = false;
  }
  if (again) refresh();
}

document.body.dataset.address ||= location.href;

if (indicator) {
  const stream = new EventSource("/stream");
  stream.addEventListener("open", () => say("live", "live"));
  stream.addEventListener("error", () => say("lost", "not running"));
  stream.addEventListener("change", refresh);
}

document.querySelector("form[data-send]")?.submit();

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.form;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  button.isAnswering = true;
  const copied = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
  button.textContent = copied ? "Copied" : "The browser refused: copy it from the command below";
});
