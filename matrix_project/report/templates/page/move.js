// What changes for each case on the way from one environment to another.

const CHANGES = {
  lost: "Lost",
  unnamed: "Holds, but the error no longer names the constraint",
  gained: "Gained",
  other: "Does not hold on either, in another way",
  errors: "Holds, the error reads differently",
  answer: "Answered in another way",
  unknown: "Not observed",
  uncounted: "Ways round and comparisons that differ, not counted",
  same: "The same",
};

const OPEN = ["lost", "unnamed", "gained", "other"];

const readsAlike = (one, other) =>
  ["class", "code", "names", "message"].every((name) => one.told[name] === other.told[name]);

/** What happens to a case; a way round is no loss or gain of its own. */
function changeOf(described, from, to) {
  const change = cellsChange(described.kind, from, to);
  const counts = !described.instead_of && !described.comparison;
  return counts || !OPEN.includes(change) ? change : "uncounted";
}

function cellsChange(kind, from, to) {
  if (!from.known || !to.known) return "unknown";
  if (kind === "question") return from.answer.key === to.answer.key ? "same" : "answer";
  if (holds(from) !== holds(to)) return holds(from) ? "lost" : "gained";
  if (holds(from)) {
    if (from.told.names && to.told.class && !to.told.names) return "unnamed";
    return readsAlike(from, to) ? "same" : "errors";
  }
  return from.answer.key === to.answer.key && readsAlike(from, to) ? "same" : "other";
}

/** An environment by its id, or the newest of a backend. */
const environmentOf = (id) =>
  byId.get(id) ?? environments.filter((each) => each.backend === id).at(-1);

/** What goes round a loss there: the ways round that hold. */
function roundsTold(described, environment) {
  const holding = roundsOf(described).filter((each) => holds(cellOf(each, environment)));
  if (!holding.length) return h("p", { class: "told" }, "No way round of this matrix holds there.");
  return h(
    "p",
    { class: "told" },
    "Way round: ",
    holding.map((each, at) => [
      at > 0 && ", ",
      h("a", { href: addressOf({ cell: each.id, in: environment.id }) }, each.title),
    ]),
  );
}

function sideOf(described, environment, cell, extra) {
  const { told } = cell;
  return h(
    "td",
    { "data-vendor": fullName(environment) },
    h(
      "a",
      { class: "answer", href: addressOf({ cell: described.id, in: environment.id }) },
      h("span", { class: "unseen" }, `${described.title}, ${placeName(environment)}: `),
      answerOf(cell),
    ),
    told.class
      ? h(
          "p",
          { class: "told" },
          told.class,
          " ",
          told.code && h("code", null, told.code),
          told.names ? ", names the constraint: " : ", does not name the constraint: ",
          h("span", { class: "message" }, told.message),
        )
      : h("p", { class: "told" }, told.message),
    extra,
  );
}

function sidesTable(title, rows, from, to) {
  return h(
    "table",
    { class: "lines sides" },
    h("caption", { class: "unseen" }, title),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["Case", fullName(from), fullName(to)].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h("tbody", null, rows),
  );
}

function changesTable(change, rows, from, to) {
  const table = sidesTable(
    CHANGES[change],
    rows.map(({ described, before, after }) =>
      h(
        "tr",
        null,
        h("th", { scope: "row" }, described.title, h("code", null, described.id)),
        sideOf(described, from, before),
        sideOf(described, to, after, change === "lost" && roundsTold(described, to)),
      ),
    ),
    from,
    to,
  );
  return h(
    "details",
    { class: `change ${change}`, open: OPEN.includes(change) },
    h("summary", null, h("strong", null, CHANGES[change]), ` (${rows.length})`),
    table,
  );
}

/** The head of a memo: what it is about, and by what it was observed. */
function memoOf(from, to) {
  return h(
    "p",
    { class: "memo" },
    `Moving from ${fullName(from)} to ${fullName(to)}. `,
    [from, to].map((each) =>
      each.observed ? `${placeName(each)}: server ${each.server_version}, Django ${each.django}. ` : "",
    ),
    [from, to].map((each) => each.ended && `${placeName(each)} is past its end of life. `),
  );
}

function showMove() {
  const [from, to] = [environmentOf(state.from), environmentOf(state.to)];
  const form = document.getElementById("route");
  form.elements.from.value = from?.id ?? "";
  form.elements.to.value = to?.id ?? "";
  document.documentElement.classList.toggle("moving", Boolean(from && to));
  if (!from || !to) {
    replace("moved");
    replace("move-count", "Pick where you are and where you go.");
    return;
  }
  const unseen = unique([from, to].filter((each) => !each.observed).map((each) => each.backend));
  const first = [
    ...(unseen.length ? [h("p", { class: "note" }, notObserved(unseen))] : []),
    memoOf(from, to),
  ];
  const mine = ownMove(from, to);
  if (mine) {
    replace("move-count");
    replace("moved", ...first, ...mine);
    return;
  }
  const rows = cases.map((described) => {
    const [before, after] = [cellOf(described, from), cellOf(described, to)];
    return { described, before, after, change: changeOf(described, before, after) };
  });
  const found = Object.keys(CHANGES)
    .map((change) => [change, rows.filter((row) => row.change === change)])
    .filter(([, all]) => all.length);
  replace(
    "move-count",
    `${found.map(([change, all]) => `${CHANGES[change]}: ${all.length}`).join("; ")}.`,
  );
  replace("moved", ...first, ...found.map(([change, all]) => changesTable(change, all, from, to)));
}

const environmentOption = (each) =>
  h("option", { value: each.id }, `${fullName(each)}${each.observed ? "" : ": not observed"}`);

const environmentSelect = (name, text, more) =>
  h(
    "label",
    null,
    h("span", null, text),
    h(
      "select",
      { name },
      h("option", { value: "" }, "\u2013"),
      more,
      vendors.map((vendor) =>
        h("optgroup", { label: vendor.name }, vendor.environments.map(environmentOption)),
      ),
    ),
  );

function makeRoute() {
  replace(
    "route",
    environmentSelect("from", "From"),
    h("button", { type: "button", class: "turn", "aria-label": "The other way round" }, "\u21c4"),
    environmentSelect("to", "To"),
    h("button", { type: "button", class: "print" }, "Print as a memo"),
    ownForm(),
  );
  const section_ = document.getElementById("move");
  section_.addEventListener("dragover", (event) => event.preventDefault());
  section_.addEventListener("drop", (event) => {
    event.preventDefault();
    takeFile(event.dataTransfer.files[0]);
  });
}
