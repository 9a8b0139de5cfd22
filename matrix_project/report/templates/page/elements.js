// Elements are built, never parsed: text of the document is text wherever it stands.

function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child != null && child !== false && child !== ""),
  );
  return element;
}

const mark = (classes, word) => h("span", { class: `mark ${classes}` }, word);

const tag = (word, alarm = "") => [" ", h("span", { class: `tag ${alarm}`.trim() }, word)];

function answerOf({ answer, silent = false }) {
  return [
    mark(answer.mark, answer.word),
    answer.by_django && tag("by Django"),
    answer.warned && tag("warned"),
    silent && tag("silent", "alarm"),
  ].flat();
}

/** An answer as plain text: `refused (by Django, warned)`. */
function answerText({ word, by_django, warned }) {
  const tags = [by_django && "by Django", warned && "warned"].filter(Boolean).join(", ");
  return tags ? `${word} (${tags})` : word;
}

/** A link to a page of the web; any other address stays text. */
function link(url, text) {
  let parsed = null;
  try {
    parsed = new URL(url);
  } catch {
    // not an address at all
  }
  if (parsed?.protocol !== "https:" && parsed?.protocol !== "http:") return text || url;
  return h("a", { href: parsed.href, rel: "noreferrer" }, text || url);
}

const code = (text) =>
  h(
    "div",
    { class: "code" },
    h("pre", { tabindex: "0" }, h("code", null, text)),
    h("button", { type: "button", class: "copy", "aria-live": "polite" }, "Copy"),
  );

/** Prose with `code` as such. */
const prose = (text) =>
  text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? h("code", null, part) : part));

function ago(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [
    ["year", 31557600],
    ["month", 2629800],
    ["day", 86400],
    ["hour", 3600],
  ]) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return "within the hour";
}

/** A time in full, and how long ago it was by the reader's clock. */
function time(text) {
  const date = new Date(text);
  if (!text || Number.isNaN(date.getTime())) return text || "at no known time";
  const full = date.toLocaleString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  });
  return h("time", { datetime: text }, `${full.replace(" at ", ", ")} UTC (${ago(date)})`);
}

const checkbox = (name, value, checked, ...label) =>
  h(
    "label",
    { class: "check" },
    h("input", { type: "checkbox", name, value, checked }),
    h("span", null, ...label),
  );

function replace(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat(Infinity));
}
