// SPDX-License-Identifier: Apache-2.0
// What barriers.py asks of a page: each check returns a list of sentences.
(() => {
const seen = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0;
const called = e => `${e.localName}${e.id && `#${e.id}`}${e.className && `.${e.className}`} "${
  (e.innerText || e.value || e.name || "").trim().slice(0, 40)}"`;
const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const brush = canvas.getContext("2d", { willReadFrequently: true });
function mixed(...colours) {
  brush.clearRect(0, 0, 1, 1);
  for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
  return [...brush.getImageData(0, 0, 1, 1).data];
}
function light(...colours) {
  const [r, g, b] = mixed(...colours).slice(0, 3).map(each => each / 255)
    .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
function papers(element) {
  const found = [];
  for (let each = element; each; each = each.parentElement) found.unshift(getComputedStyle(each).backgroundColor);
  return ["Canvas", ...found];
}

return {
fields() {
  const edged = "textarea, select, input:not([type=hidden], [type=file], [type=radio], [type=checkbox])";
  return [...document.querySelectorAll(edged)].filter(seen).flatMap(field => {
    const around = papers(field.parentElement);
    const ratio = contrast(light(...around, getComputedStyle(field).borderBottomColor), light(...around));
    return ratio < 3 ? [`the edge of ${called(field)} has a contrast of ${ratio.toFixed(2)}`] : [];
  });
},

placeholders() {
  return [...document.querySelectorAll("[placeholder]")].filter(seen).flatMap(field => {
    const text = getComputedStyle(field, "::placeholder");
    const ink = `color-mix(in srgb, ${text.color} ${Number(text.opacity) * 100}%, transparent)`;
    const ratio = contrast(light(...papers(field), ink), light(...papers(field)));
    return ratio < 4.5 ? [`the placeholder of ${called(field)} has a contrast of ${ratio.toFixed(2)}`] : [];
  });
},

focus() {
  const found = [];
  const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  for (const each of [...document.querySelectorAll(all)].filter(each => seen(each) && !each.disabled)) {
    if (each.tabIndex < 0) continue;
    each.focus({ focusVisible: true });
    if (document.activeElement !== each) { found.push(`${called(each)} takes no focus`); continue; }
    const style = getComputedStyle(each);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) {
      found.push(`the focus on ${called(each)} is not seen`);
      continue;
    }
    const around = papers(each.parentElement);
    const ratio = contrast(light(...around, style.outlineColor), light(...around));
    if (ratio < 3) found.push(`the focus on ${called(each)} has a contrast of ${ratio.toFixed(2)}`);
    const box = [...each.getClientRects()].find(part => part.width && part.height);
    if (!box) continue;
    const [x, y] = [Math.max(0, box.left) + Math.min(box.width, 24) / 2, box.top + Math.min(box.height, 24) / 2];
    const top = document.elementFromPoint(x, y);
    const labels = [...(each.labels ?? [])];
    const own = top && (each.contains(top) || top.contains(each) || labels.some(label => label.contains(top)));
    if (!own) found.push(`${called(each)} has the focus, and ${top ? called(top) : "nothing"} covers it`);
  }
  document.activeElement?.blur();
  scrollTo(0, 0);
  return found;
},

cut() {
  const found = [];
  for (const each of [...document.querySelectorAll("select")].filter(seen)) {
    const style = getComputedStyle(each);
    brush.font = style.font;
    const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
    const words = each.selectedOptions[0]?.label ?? "";
    const wraps = style.appearance === "base-select";
    if (!wraps && brush.measureText(words).width > room) found.push(`${called(each)} cuts off "${words}"`);
  }
  for (const each of [...document.querySelectorAll("main *, body > header *")].filter(seen)) {
    const style = getComputedStyle(each);
    if (!/hidden|clip/.test(style.overflowX) || each.matches("input, textarea, select, svg, iframe, meter")) continue;
    if (style.clipPath !== "none") continue;
    if (each.clientWidth > 2 && each.scrollWidth > each.clientWidth + 1) found.push(`${called(each)} is cut off`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the whole page scrolls sideways");
  return found;
},

directions() {
  const found = [];
  const arabic = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  const isolated = /^[^\u2068]*\u2068[^\u2069]*[\u0590-\u08ff]/;
  const follows = e => {
    for (let each = e; each; each = each.parentElement) {
      if (getComputedStyle(each).unicodeBidi === "plaintext") return true;
      if (each.dir === "auto" || each.localName === "bdi") return true;
      if (each.dir) return each.dir === "rtl";
    }
    return false;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (!arabic.test(text.data) || parent.closest("pre, code, script, style, noscript, template")) continue;
    if (!isolated.test(text.data) && !follows(parent)) found.push(`${called(parent)} does not follow its own words`);
  }
  for (const each of document.querySelectorAll("input:not([type=hidden], [type=password], [type=url]), textarea")) {
    if (arabic.test(each.value) && !["radio", "checkbox", "file"].includes(each.type) && !follows(each))
      found.push(`${called(each)} does not follow what is typed`);
  }
  return found;
},

systemColours() {
  const found = [];
  const edged = style => ["Top", "Right", "Bottom", "Left"]
    .some(side => style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) >= 1);
  const fields = "button:not(.link), .button, select, textarea, input:not([type=hidden], [type=file])";
  for (const each of [...document.querySelectorAll(fields)].filter(seen)) {
    if (["radio", "checkbox"].includes(each.type)) continue;
    if (!edged(getComputedStyle(each))) found.push(`nothing shows where ${called(each)} is`);
  }
  for (const each of [...document.querySelectorAll("nav [aria-current]")].filter(seen)) {
    const other = each.parentElement.querySelector("a:not([aria-current])") ??
      each.closest("nav").querySelector("a:not([aria-current])");
    const marks = e => { const s = getComputedStyle(e); return [s.fontWeight, s.textDecorationLine, edged(s),
      s.borderBottomWidth, s.outlineStyle, s.forcedColorAdjust].join(); };
    if (other && marks(each) === marks(other)) found.push(`nothing tells ${called(each)} from the others`);
  }
  return found;
},

textSize() {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), sizes = new Map();
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && seen(parent)) sizes.set(parent, parseFloat(getComputedStyle(parent).fontSize));
  }
  document.documentElement.style.fontSize = "200%";
  const found = [...sizes].filter(([each, size]) => parseFloat(getComputedStyle(each).fontSize) < 1.95 * size)
    .slice(0, 3).map(([each]) => `${called(each)} does not grow with the text size`);
  if (document.documentElement.scrollWidth > innerWidth) found.push("the whole page scrolls sideways with large texts");
  document.documentElement.style.fontSize = "";
  return found;
},

moves() {
  return document.getAnimations().filter(each => each.playState === "running")
    .map(each => `${each.effect.target?.localName} moves although nothing should`);
},
};
})()
