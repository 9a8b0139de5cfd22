// The overview: which environments and cases are shown, folded into vendors, backends, or not at all.

const allows = (chosen, value) => !chosen.length || chosen.includes(value);

const isShown = (environment) =>
  allows(state.vendor, environment.vendor) &&
  allows(state.backend, environment.backend) &&
  allows(state.django, environment.series);

/** The columns: each has its environments that were observed, and the headings above it. */
function columnsOf() {
  const shown = environments.filter(isShown);
  if (!state.by) {
    return [...grouped(shown, (each) => each.vendor)].map(([vendor, all]) => {
      const seen = all.filter((each) => each.observed);
      const whole = environments.filter((each) => each.vendor === vendor && each.observed);
      return {
        vendor: seen.length === whole.length ? vendor : null,
        environments: seen,
        headings: [all[0].name, serverRanges(unique(seen.map((each) => each.server)))],
      };
    });
  }
  const seen = shown.filter((each) => each.observed);
  const own = state.by === "backend" ? "backend" : "id";
  return [...grouped(seen, (each) => each[own])].map(([, all]) => ({
    environments: all,
    headings: [all[0].name, all[0].server, ...(own === "id" ? [all[0].series] : [])],
  }));
}

/** What the environments of a column answer to a case, the best answer first. */
function entriesOf(described, column) {
  const { environments: all, vendor } = column;
  const found = grouped(all, (each) => cellOf(described, each).answer.key);
  if (!found.size) return [{ cell: null, where: "", to: { in: vendor } }];
  const several = found.size > 1;
  const whereOf = (part) =>
    state.by ? onSeries(part.map((each) => each.series)) : within(part, all);
  return [...found]
    .map(([key, part]) => ({
      cell: cellOf(described, part[0]),
      where: several ? whereOf(part) : "",
      to: vendor ? { in: vendor, as: several ? key : "" } : { in: part.at(-1).id },
    }))
    .sort((one, other) => one.cell.answer.order - other.cell.answer.order);
}

function textOf(described) {
  described.text ??= [
    described.id,
    described.title,
    described.promise,
    described.model,
    described.constraint,
    described.declaration,
    ...described.aliases,
    ...unique(environments.map((each) => cellOf(described, each))).flatMap((cell) => [
      cell.sentence,
      cell.told.message,
      cell.told.class,
      cell.told.code,
    ]),
  ]
    .join("\n")
    .toLowerCase();
  return described.text;
}

function isCaseShown(described, columns) {
  if (!allows(state.family, described.family)) return false;
  if (state.q && !textOf(described).includes(state.q.toLowerCase())) return false;
  const cells = unique(
    columns.flatMap((column) => column.environments.map((each) => cellOf(described, each))),
  );
  const known = cells.filter((cell) => cell.known);
  const verdictOf = (cell) => (cell.known ? cell.verdict : "unknown");
  if (state.verdict.length && !cells.some((cell) => state.verdict.includes(verdictOf(cell))))
    return false;
  if (state.differ && new Set(known.map((cell) => cell.answer.key)).size < 2) return false;
  return !state.silent || cells.some((cell) => cell.silent);
}

function showOverview() {
  const columns = columnsOf();
  const shown = cases.filter((described) => isCaseShown(described, columns));
  showTable(columns, shown);
  const seen = columns.reduce((sum, column) => sum + column.environments.length, 0);
  const observed = environments.filter((each) => each.observed).length;
  replace(
    "count",
    `${shown.length} of ${cases.length} cases, ${seen} of ${observed} observed environments.`,
    state.silent && !shown.length ? " Where violations get in here, a system check warns of it." : "",
  );
  showFilters();
}
