/* SPDX-License-Identifier: Apache-2.0 */
const link = document.getElementById("open");
const tab = document.getElementById("tab");
const progress = document.getElementById("progress");
/* Tabs that opened each other share the names of windows: two sign-ins at once must not share the window. */
const name = `sealock-sign-in-${Math.random()}`;
let watch = 0;

function say(what) {
  progress.textContent = progress.dataset[what];
  progress.parentElement.classList.toggle("trouble", what !== "waiting");
  tab.hidden = what === "waiting";
  document.getElementById("by-hand").open = what === "closed";
}

/* The origin's page may cut the tie to its window, which then counts as closed: so this only tells, and goes on. */
function watchFor(popup) {
  clearInterval(watch);
  watch = setInterval(() => {
    if (!popup.closed) return;
    clearInterval(watch);
    say("closed");
  }, 1000);
}

link.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const popup = window.open(link.href, name, "popup,width=640,height=760");
  if (!popup) {
    say("blocked");
    return;
  }
  say("waiting");
  popup.focus();
  watchFor(popup);
});

tab.addEventListener("click", () => {
  clearInterval(watch);
  say("waiting");
});

addEventListener("message", (event) => {
  if (event.origin !== location.origin || !event.data || typeof event.data.sealockSignIn !== "string") return;
  clearInterval(watch);
  document.getElementById("sealock-sign-in").value = event.data.sealockSignIn;
  document.getElementById("sign-in").submit();
});
