// SPDX-License-Identifier: Apache-2.0
// Begins at the newest comment of a long conversation, and says what comes and what became of a reply.
"use strict";

const conversation = document.getElementById("conversation");
const heard = document.getElementById("heard");
const LONGEST = 300;
let known = new Map();

function text(element) {
  return (element?.textContent ?? "").replace(/\s+/g, " ").trim();
}

function said() {
  const articles = [...conversation.querySelectorAll("article")];
  return new Map(articles.map((each) => [each.id, text(each.querySelector(".sent"))]));
}

function news(id, sent) {
  const article = document.getElementById(id);
  const before = known.get(id);
  if (before === undefined && !article.classList.contains("agent")) {
    const words = text(article.querySelector(".body")).slice(0, LONGEST);
    return `New comment by ${text(article.querySelector(".who b"))}: ${words}`;
  }
  return sent && sent !== before ? `Your reply: ${sent}` : "";
}

/* Several at once are one announcement: a screen reader would only say the last. */
function tell() {
  const now = said();
  const words = [...now].map(([id, sent]) => news(id, sent)).filter(Boolean);
  known = now;
  if (words.length) heard.textContent = words.join(". ");
}

known = said();
document.addEventListener("sealock-live", tell);
if (document.getElementById("middle") && !location.hash) document.getElementById("newest")?.scrollIntoView();
