// SPDX-License-Identifier: Apache-2.0
// Sends a comment without leaving the page: what was typed and chosen stays when it is refused.
"use strict";

const composer = document.getElementById("composer");
const chooser = document.getElementById("files");
const chosen = document.getElementById("chosen");
const refusal = document.getElementById("refused");
const button = document.getElementById("send");
const status = document.getElementById("sent");

function size(count) {
  if (count < 1000) return `${count} byte${count === 1 ? "" : "s"}`;
  return count < 1000 * 1024 ? `${(count / 1024).toFixed(1)} kB` : `${(count / 1024 / 1024).toFixed(1)} MB`;
}

function refuse(words) {
  refusal.textContent = words;
  refusal.hidden = !words;
}

function obstacle(files) {
  const [most, each, together] = [chooser.dataset.files, chooser.dataset.bytes, chooser.dataset.together].map(Number);
  const large = files.find((file) => file.size > each);
  if (large) return `a file has at most ${each / 1024 / 1024} MB, and ${large.name} has more`;
  if (files.length > most) return `a comment has at most ${most} files`;
  const all = files.reduce((sum, file) => sum + file.size, 0);
  return all > together ? `the files of a comment have at most ${together / 1024 / 1024} MB together` : "";
}

function put(files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  chooser.files = transfer.files;
  show();
}

function row(file, index) {
  const item = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "Remove";
  remove.setAttribute("aria-label", `Remove ${file.name}`);
  remove.addEventListener("click", () => {
    put([...chooser.files].filter((_, other) => other !== index));
    chooser.focus();
  });
  item.className = "file";
  item.append(name, ` ${size(file.size)} `, remove);
  return item;
}

function show() {
  const files = [...chooser.files];
  chosen.replaceChildren(...files.map(row));
  chosen.hidden = files.length === 0;
  refuse(obstacle(files));
}

function add(files) {
  if (files.length) put([...chooser.files, ...files]);
}

async function send() {
  button.disabled = true;
  status.textContent = "Sending …";
  try {
    const answer = await fetch(composer.action, { method: "POST", body: new FormData(composer) });
    if (answer.ok) {
      composer.querySelector("textarea").value = "";
      put([]);
      document.getElementById("again")?.remove();
      status.textContent = "Added.";
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = page.querySelector("#refused") || page.querySelector("h1");
      refuse(said?.textContent.trim() || `HTTP ${answer.status}`);
      status.textContent = "";
    }
  } catch {
    refuse("The local Zendesk does not answer: nothing was added.");
    status.textContent = "";
  } finally {
    button.disabled = false;
  }
}

/* Without this the page loads anew with the reply in the composer; what was typed there already stays so. */
async function takeBack(address) {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [text, again] = [page.getElementById("body"), page.getElementById("again")];
  if (!again) return;
  const own = composer.querySelector("textarea");
  own.value = [own.value.trim() && own.value, text.value].filter(Boolean).join("\n\n");
  document.getElementById("again")?.remove();
  chosen.before(document.adoptNode(again));
  composer.querySelector("[value=public]").checked = true;
  own.focus();
}

function addressReaders() {
  const field = composer.querySelector("textarea");
  field.dataset.public ??= field.placeholder;
  field.placeholder = composer.querySelector("[value=note]").checked ? field.dataset.note : field.dataset.public;
}

if (composer) {
  addressReaders();
  composer.addEventListener("change", addressReaders);
  document.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "again") return;
    event.preventDefault();
    takeBack(`${location.pathname}?again=${event.submitter.value}`);
  });
  chooser.addEventListener("change", show);
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = obstacle([...chooser.files]);
    refuse(problem);
    if (!problem && !button.disabled) send();
  });
  composer.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  composer.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) event.preventDefault();
    add(event.dataTransfer.files);
  });
  composer.addEventListener("paste", (event) => add(event.clipboardData.files));
}
