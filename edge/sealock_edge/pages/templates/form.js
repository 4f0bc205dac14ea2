/* SPDX-License-Identifier: Apache-2.0 */
const problems = document.getElementById("problems");
if (problems) problems.focus();

const submit = document.getElementById("submit");
const progress = document.getElementById("progress");
let sent = false;

document.getElementById("set-up").addEventListener("submit", (event) => {
  if (sent) {
    event.preventDefault();
    return;
  }
  sent = true;
  submit.setAttribute("aria-disabled", "true");
  progress.textContent = progress.dataset.words;
});

/* A field that another answer makes pointless is neither shown nor sent. */
const form = document.getElementById("set-up");
const conditional = [...form.querySelectorAll("[data-only-if]")];

function answerOf(name) {
  const answers = new FormData(form).getAll(name);
  return answers.length ? answers.at(-1) : form.querySelector(`[name="sealock-unchecked.${name}"]`)?.value ?? "";
}

function showWhatMatters() {
  for (const field of conditional) {
    field.hidden = !JSON.parse(field.dataset.onlyValues).includes(answerOf(field.dataset.onlyIf));
    for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = field.hidden;
  }
}

form.addEventListener("input", showWhatMatters);
showWhatMatters();

/* People copy and type addresses without their beginning, which the browser would refuse. */
for (const address of form.querySelectorAll("input[type=url]")) {
  address.addEventListener("change", () => {
    if (/^[^\s:/?#@]+\.[^\s:/?#@]+(:\d+)?([/?#]|$)/.test(address.value)) address.value = `https://${address.value}`;
  });
}

/* After "back", the browser may show this very page as it was left. */
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  sent = false;
  submit.removeAttribute("aria-disabled");
  progress.textContent = "";
  showWhatMatters();
});
