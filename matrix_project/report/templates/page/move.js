// What changes for each case on the way from one environment to another.

const CHANGES = {
  lost: "Lost",
  unnamed: "Holds, but the error no longer names the constraint",
  gained: "Gained",
  other: "Does not hold on either, in another way",
  errors: "Holds, the error reads differently",
  answer: "Answered in another way",
  unknown: "Not observed",
  same: "The same",
};

const readsAlike = (one, other) =>
  ["class", "code", "names", "message"].every((name) => one.told[name] === other.told[name]);

function changeOf(kind, from, to) {
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

function sideOf(described, environment, cell) {
  const { told } = cell;
  return h(
    "td",
    null,
    h(
      "a",
      { class: "answer", href: addressOf({ cell: described.id, in: environment.id }) },
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
  );
}

function changesTable(change, rows, from, to) {
  const table = h(
    "div",
    { class: "scroll", role: "group", "aria-label": CHANGES[change], tabindex: "0" },
    h(
      "table",
      { class: "lines sides" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Case", fullName(from), fullName(to)].map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map(({ described, before, after }) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, described.title, h("code", null, described.id)),
            sideOf(described, from, before),
            sideOf(described, to, after),
          ),
        ),
      ),
    ),
  );
  return h(
    "details",
    { class: `change ${change}`, open: change !== "same" },
    h("summary", null, h("strong", null, CHANGES[change]), ` (${rows.length})`),
    table,
  );
}

function showMove() {
  const [from, to] = [environmentOf(state.from), environmentOf(state.to)];
  const form = document.getElementById("route");
  form.elements.from.value = from?.id ?? "";
  form.elements.to.value = to?.id ?? "";
  if (!from || !to) {
    replace("moved");
    replace("move-count", "Pick where you are and where you go.");
    return;
  }
  const rows = cases.map((described) => {
    const [before, after] = [cellOf(described, from), cellOf(described, to)];
    return { described, before, after, change: changeOf(described.kind, before, after) };
  });
  const found = Object.keys(CHANGES)
    .map((change) => [change, rows.filter((row) => row.change === change)])
    .filter(([, all]) => all.length);
  replace(
    "move-count",
    `${found.map(([change, all]) => `${CHANGES[change]}: ${all.length}`).join("; ")}.`,
  );
  replace("moved", ...found.map(([change, all]) => changesTable(change, all, from, to)));
}

function makeRoute() {
  const option = (each) =>
    h("option", { value: each.id }, `${fullName(each)}${each.observed ? "" : " (not observed)"}`);
  const select = (name, text) =>
    h(
      "label",
      null,
      h("span", null, text),
      h(
        "select",
        { name },
        h("option", { value: "" }, "\u2013"),
        vendors.map((vendor) =>
          h("optgroup", { label: vendor.name }, vendor.environments.map(option)),
        ),
      ),
    );
  replace(
    "route",
    select("from", "From"),
    h("button", { type: "button", class: "turn", "aria-label": "The other way round" }, "\u21c4"),
    select("to", "To"),
  );
}
