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

/* After "back", the browser may show this very page as it was left. */
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  sent = false;
  submit.removeAttribute("aria-disabled");
  progress.textContent = "";
});
