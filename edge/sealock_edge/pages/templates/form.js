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

/* The browser may show this very page again after "back". */
addEventListener("pageshow", () => {
  sent = false;
  submit.removeAttribute("aria-disabled");
  progress.textContent = "";
});
