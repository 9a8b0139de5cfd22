// The table of the cases: what says something by family, the rest folded; what was searched for in
// the order in which it fits.

function entryLink(described, { name, servers }, { cell, where, to }) {
  const place = `${name} ${where || servers}`;
  return h(
    "a",
    { class: "answer", href: addressOf({ cell: described.id, ...to }) },
    h("span", { class: "unseen" }, `${described.title}, ${place}: `),
    cell ? answerOf(cell) : mark("unknown", "not observed"),
    where && [" ", h("span", { class: "where", "aria-hidden": "true" }, where)],
  );
}

function rowOf(described, columns) {
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row" },
      h("a", { class: "case", href: `#${encode(`case:${described.id}`)}` }, described.title),
      " ",
      h("code", null, described.id),
    ),
    columns.map((column) =>
      h(
        "td",
        { "data-vendor": column.name },
        entriesOf(described, column).map((entry) => entryLink(described, column, entry)),
      ),
    ),
  );
}

function tableOf(name, rows, columns) {
  const heading = ({ name: vendor, servers }) =>
    h("th", { scope: "col" }, vendor, servers && [" ", h("span", { class: "servers" }, servers)]);
  return h(
    "table",
    { class: "matrix" },
    h("caption", { class: "unseen" }, name),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, name), columns.map(heading))),
    h(
      "tbody",
      null,
      rows.map((described) => rowOf(described, columns)),
    ),
  );
}

/** The tables that are folded are made when they are opened. */
const folded = new Map();

function unfold(details) {
  details.append(folded.get(details)());
  folded.delete(details);
}

function alikeOf(kind, name, more, rows, columns) {
  const details = h(
    "details",
    { class: "alike" },
    h(
      "summary",
      null,
      h("strong", null, name),
      `: ${rows.length} ${more ? "more " : ""}${kind === "promise" ? "hold" : "with one answer"} wherever observed`,
    ),
  );
  folded.set(details, () => tableOf(name, rows, columns));
  details.addEventListener("toggle", () => folded.has(details) && unfold(details));
  return details;
}

function familyOf(kind, family, all, columns, plain) {
  const name = familyName(family);
  const told = plain ? all.filter((each) => tells(each, columns)) : all;
  const alike = all.filter((each) => !told.includes(each));
  return h(
    "div",
    { class: "family" },
    told.length > 0 && tableOf(name, told, columns),
    alike.length > 0 && alikeOf(kind, name, told.length > 0, alike, columns),
  );
}

const KINDS = [
  ["promise", "Promises", "What does not hold somewhere; the rest is folded."],
  ["question", "Questions", "A behaviour that differs: the answer is neither good nor bad."],
];

function kindOf([kind, title, note], shown, columns, plain) {
  const all = shown.filter((each) => each.kind === kind);
  if (!all.length) return [];
  return [
    h("h3", { class: "kind" }, title, " ", h("span", { class: "quiet" }, note)),
    [...grouped(all, (each) => each.family)].map(([family, cases_]) =>
      familyOf(kind, family, cases_, columns, plain),
    ),
  ].flat();
}

/** More rows than this of a search are not shown at once. */
const AT_ONCE = 60;

function showTable(columns, shown, { ranked, plain }, said) {
  folded.clear();
  const made = [...said];
  if (!shown.length && !said.length) made.push(h("p", { class: "nothing" }, "No case matches all filters."));
  if (ranked && shown.length) {
    made.push(tableOf("Found", shown.slice(0, AT_ONCE), columns));
    if (shown.length > AT_ONCE)
      made.push(alikeOf("question", "Found", true, shown.slice(AT_ONCE), columns));
  } else if (!ranked) made.push(...KINDS.flatMap((kind) => kindOf(kind, shown, columns, plain)));
  replace("matrix", ...made);
}
