// The table: which environments and cases are shown, folded into vendors.

const allows = (chosen, value) => !chosen.length || chosen.includes(value);

const isShown = (environment, asked) =>
  allows(state.vendor, environment.vendor) &&
  allows(state.backend, environment.backend) &&
  allows(state.django, environment.series) &&
  allows(asked.vendors, environment.vendor) &&
  allows(asked.series, environment.series) &&
  (allows(asked.backends, environment.backend) ||
    !asked.backends.some((id) => environments.some((each) => each.backend === id && each.vendor === environment.vendor)));

/** The columns, one a vendor: each has its environments that were observed, and its heading. */
function columnsOf(asked) {
  const shown = environments.filter((each) => isShown(each, asked));
  return [...grouped(shown, (each) => each.vendor)].map(([vendor, all]) => {
    const seen = all.filter((each) => each.observed);
    const whole = environments.filter((each) => each.vendor === vendor && each.observed);
    const of = unique((seen.length ? seen : all).map((each) => each.server));
    const usual = of.filter((server) => !server.includes("~"));
    const servers = serverRanges(usual.length ? usual : of);
    return {
      vendor: seen.length === whole.length ? vendor : null,
      name: all[0].name,
      servers: seen.length || all.length === whole.length ? servers : `${servers}: not observed`,
      environments: seen,
      missing: all,
    };
  });
}

/** What the environments of a column answer to a case, the best answer first. */
function entriesOf(described, column) {
  const { environments: all, vendor } = column;
  const found = grouped(all, (each) => cellOf(described, each).answer.key);
  if (!found.size) return [{ cell: null, where: "", to: { in: vendor ?? column.missing.at(-1).id } }];
  const several = found.size > 1;
  return [...found]
    .map(([key, part]) => ({
      cell: cellOf(described, part[0]),
      where: several ? within(part, all) : "",
      to: vendor ? { in: vendor, as: several ? key : "" } : { in: part.at(-1).id },
    }))
    .sort((one, other) => one.cell.answer.order - other.cell.answer.order);
}

const cellsIn = (described, columns) =>
  unique(columns.flatMap((column) => column.environments.map((each) => cellOf(described, each))));

function isCaseShown(described, columns) {
  if (!allows(state.family, described.family)) return false;
  if (!state.verdict.length && !state.silent) return true;
  const cells = cellsIn(described, columns);
  const verdictOf = (cell) => (cell.known ? cell.verdict : "unknown");
  if (state.verdict.length && !cells.some((cell) => state.verdict.includes(verdictOf(cell))))
    return false;
  return !state.silent || cells.some((cell) => cell.silent);
}

/** Whether a case is more than one line of many: it fails, has two answers, or was not observed. */
function tells(described, columns) {
  const cells = cellsIn(described, columns).filter((cell) => cell.known);
  if (!cells.length) return true;
  if (described.kind === "promise") return cells.some((cell) => !holds(cell));
  return new Set(cells.map((cell) => cell.answer.exact)).size > 1;
}

/** What a search found, and what it did not. */
function searchedFor({ asked, missing }, shown) {
  const told = asked.parts.map((id) =>
    h(
      "p",
      { class: "note" },
      "See ",
      h("a", { href: `#${id}` }, document.getElementById(`${id}-title`).textContent),
      ".",
    ),
  );
  const unseen = unique([...asked.backends, ...state.backend]).filter(
    (id) => !environments.some((each) => each.backend === id && each.observed),
  );
  if (unseen.length) told.push(h("p", { class: "note" }, notObserved(unseen)));
  for (const { name, version, known: others } of asked.strangers)
    told.push(
      h("p", { class: "note" }, `${name} ${version} is not in this report; it has ${name} ${listed(others)}.`),
    );
  for (const word of missing) {
    const near = nearest(word);
    told.push(
      h(
        "p",
        { class: "note" },
        `\u201c${word}\u201d is not covered by any case.`,
        near.length > 0 && [
          " Nearest: ",
          near.map((other, index) => [
            index > 0 && ", ",
            h("a", { href: addressOf({ section: "overview", q: other }) }, other),
          ]),
          ".",
        ].flat(2),
        shown.length > 0 && asked.words.length > missing.length && " Shown is what has the other words.",
      ),
    );
  }
  return told;
}

function showOverview() {
  const result = search(state.q ?? "");
  const columns = columnsOf(result.asked);
  const shown = result.found.filter((described) => isCaseShown(described, columns));
  const ranked = result.asked.words.length > 0;
  const plain = !ranked && !state.verdict.length && !state.silent;
  const none = result.missing.length === result.asked.words.length && ranked;
  showTable(columns, none ? [] : shown, { ranked, plain }, searchedFor(result, shown));
  const seen = columns.reduce((sum, column) => sum + column.environments.length, 0);
  const observed = environments.filter((each) => each.observed).length;
  replace(
    "count",
    `${none ? 0 : shown.length} of ${cases.length} cases, on ${seen} of ${observed} observed servers and Djangos.`,
    state.silent && !shown.length ? " Where violations get in here, a system check warns of it." : "",
  );
  showFilters();
}
