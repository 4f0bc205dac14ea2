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

function swap(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.dataset.shown) continue;
    const opened = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.dataset.shown = other.innerHTML;
    part.replaceChildren(...document.adoptNode(other).childNodes);
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
  }
}

async function refresh() {
  again = fetching;
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch(document.body.dataset.address);
    if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    say("lost", "not running");
  } finally {
    fetching = false;
  }
  if (again) refresh();
}

for (const part of document.querySelectorAll("[data-live]")) part.dataset.shown = part.innerHTML;
document.body.dataset.address ||= location.href;

const stream = new EventSource("/stream");
stream.addEventListener("open", () => say("live", "live"));
stream.addEventListener("error", () => say("lost", "not running"));
stream.addEventListener("change", refresh);

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
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
});
