// Whatever is done changes the address, and the page is shown by the address.

const differs = (before, names) =>
  !before || names.some((name) => String(before[name] ?? "") !== String(state[name] ?? ""));

/** What is shown anew where one of these has changed. */
const SHOWN = [
  [showOverview, FILTERS],
  [showChoice, ["need", "named", "on"]],
  [showMove, ["from", "to"]],
  [showCompare, ["one", "other"]],
  [showCase, ["section"]],
  [showEvidence, ["cell", "in", "as"]],
];

/** The case that the address names, and no other, is shown among the cases. */
function showCase() {
  const shown = document.querySelector("#cases article.shown");
  if (shown && shown.id !== state.section) shown.classList.remove("shown");
  if (state.section.startsWith("case:")) document.getElementById(state.section)?.classList.add("shown");
}

const TITLE = document.title;

/** A permalink has a title of its own. */
function showTitle() {
  const described = caseById.get(state.cell || state.section.replace(/^case:/, ""));
  const environment = state.cell && environmentOf(state.in);
  const [from, to] = [environmentOf(state.from), environmentOf(state.to)];
  const place = environment ? ` on ${placeName(environment)}` : "";
  const told = described
    ? `${described.title}${place}`
    : from && to
      ? `Moving from ${placeName(from)} to ${placeName(to)}`
      : "";
  document.title = told ? `${told} \u2013 Constraint Matrix` : TITLE;
}

function show(before) {
  showTitle();
  for (const [showPart, names] of SHOWN) if (differs(before, names)) showPart();
}

/** Bring a section to sight, and the focus with it. */
function visit(section) {
  const target = document.getElementById(section);
  if (!target) return;
  target.scrollIntoView();
  target.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
}

function checkedIn(form) {
  const changes = {};
  for (const input of form.elements) {
    if (!input.name) continue;
    if (LISTS.includes(input.name)) {
      changes[input.name] ??= [];
      if (input.checked) changes[input.name].push(input.value);
    } else if (input.type === "checkbox") changes[input.name] = input.checked ? "1" : "";
    else if (input.type !== "radio" || input.checked) changes[input.name] = input.value;
  }
  return changes;
}

async function copy(button) {
  const text = button.parentElement.querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("code"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}

function clicked(event) {
  const { target } = event;
  const anchor = target.closest("a[href^='#']");
  if (anchor && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const asked = readAddress(anchor.hash);
    const { section, cell = "", in: where = "", as = "" } = asked;
    const views = { overview: FILTERS, move: ["from", "to"], compare: ["one", "other"], choose: ["need"] };
    const view = Object.keys(views).find((name) => views[name].some((each) => asked[each]?.length));
    if (view && !cell) {
      // A link to a view names all of it: what it does not name is empty.
      const empty = Object.fromEntries(views[view].map((name) => [name, LISTS.includes(name) ? [] : ""]));
      go({ ...empty, ...asked, cell: "", in: "", as: "" }, { step: true });
      visit(view);
      return;
    }
    // A section is not visible behind the dialog of a cell.
    if (!cell) opener = null;
    go(cell ? { cell, in: where, as } : { section, cell, in: where, as }, { step: true });
    if (!cell) visit(section);
  } else if (target.closest("button.copy")) copy(target.closest("button.copy"));
  else if (target.closest("button.close") || target.id === "evidence")
    document.getElementById("evidence").close();
  else if (target.closest("button.print")) print();
  else if (target.closest("button.forget")) {
    own = null;
    showMove();
  } else if (target.closest("button.turn")) go({ from: state.to, to: state.from });
  for (const open of document.querySelectorAll("details.choice[open]")) {
    if (!open.contains(target)) open.open = false;
  }
}

function pressed(event) {
  const typing = event.target.closest?.("input, select, textarea, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.querySelector("input[name=q]").focus();
  }
  const open = document.querySelector("details.choice[open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
}

function edited(event) {
  if (event.target.id === "own-file") takeFile(event.target.files[0]);
  else if (event.target.id === "own-text") takeOwn(event.target.value);
  else if (event.target.id === "picker") go({ in: event.target.value, as: "" });
  else if (event.target.form) go(checkedIn(event.target.form));
}

function emptied(event) {
  event.preventDefault();
  const changes = {};
  for (const input of event.target.elements)
    if (input.name) changes[input.name] = LISTS.includes(input.name) ? [] : "";
  go(changes);
}

for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
for (const element of document.querySelectorAll("time"))
  element.append(` (${ago(new Date(element.dateTime))})`);
makeFilters();
makeNeeds();
makeRoute();
makePair();
show(null);
// A link that carries a choice or a move leads to it.
const carried = state.need.length
  ? "choose"
  : state.from || state.to
    ? "move"
    : state.one || state.other
      ? "compare"
      : state.q
        ? "overview"
        : "";
const wanted = state.section || (state.cell ? "" : carried);
if (wanted) visit(wanted);
document.addEventListener("click", clicked);
document.addEventListener("keydown", pressed);
document.addEventListener("input", edited);
document.addEventListener("reset", emptied);
document.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("evidence").addEventListener("close", evidenceClosed);
addEventListener("hashchange", () => {
  const before = state;
  state = readAddress();
  show(before);
  if (state.section && state.section !== before.section) visit(state.section);
});
addEventListener("beforeprint", () => {
  for (const details of [...folded.keys()]) unfold(details);
});
document.documentElement.dataset.ready = "yes";
requestIdleCallback(prepareSearch, { timeout: 1000 });
