// The steps and the probes of an observation: what was sent, and what came of it.

const statements = (list) => list.map((sql) => (sql.endsWith(";") ? sql : `${sql};`)).join("\n");

const section = (title, ...children) => h("section", null, h("h3", null, title), children);

const quiet = (...children) => h("p", { class: "quiet" }, children);

const facts = (...pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value)
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );

function errorOf(error) {
  return [
    facts(
      ["Error", h("strong", null, error.class)],
      ["Driver’s class", h("code", null, error.driver_class)],
      ["Code", error.code && h("code", null, error.code)],
      ["Constraint in the error", error.constraint && h("code", null, error.constraint)],
      ["Columns in the error", error.columns.length > 0 && h("code", null, error.columns.join(", "))],
      ["Names this constraint", error.names_constraint ? "yes" : "no"],
    ),
    code(error.message),
  ];
}

function setupOf(setup) {
  if (!setup.length) return null;
  const count = setup.length === 1 ? "1 statement" : `${setup.length} statements`;
  return h("details", null, h("summary", null, `Sent before (${count})`), code(statements(setup)));
}

function leftOf({ tables, rows, constraints, recorded }) {
  const count = `${rows ?? "no"} ${rows === 1 ? "row" : "rows"}`;
  return facts(
    ["Left behind", tables.length ? `${tables.join(", ")}, ${count}` : "no table"],
    ["Constraints left", constraints.length ? constraints.join(", ") : "none in the catalogue"],
    ["Migration", recorded ? "counts as applied" : "does not count as applied"],
  );
}

const STEPS = {
  control: "The control: created without the constraint",
  create: "Created with its table",
  add: "Added by AddConstraint",
  add_to_valid_rows: "Added to rows that are all valid",
  remove: "Removed by RemoveConstraint",
  add_to_violating_rows: "Added to rows that violate it",
};

function takenBy(step) {
  if (step.outcome === "accepted" && !step.sql.length) return quiet("Django sent no SQL.");
  if (!step.outcome) return quiet(`Not answered: ${step.fault ?? "no reason was given"}.`);
  const django = step.outcome === "refused" && step.error && step.error.code == null;
  const outcome = h("span", { class: `outcome ${step.outcome}` }, step.outcome);
  return h("p", null, outcome, ` by ${django ? "Django" : "the database"}`);
}

/** The query that a team sends before its migration, and what it found before this step. */
function inTheWayOf({ sql, found, error, fault }) {
  return [
    h("h4", null, "The query that finds the rows in its way"),
    sql && code(statements([sql])),
    found != null && facts(["It returned", found === 1 ? "1 row" : `${found} rows`]),
    error && errorOf(error),
    fault && quiet(`Not answered: ${fault}.`),
  ];
}

function stepOf(step) {
  return section(
    STEPS[step.name] ?? step.name,
    takenBy(step),
    setupOf(step.setup),
    step.in_the_way.map(inTheWayOf),
    step.sql.length > 0 && code(statements(step.sql)),
    step.error && errorOf(step.error),
    step.definition && facts(["In the catalogue after it", h("code", null, step.definition)]),
    step.left_behind && leftOf(step.left_behind),
  );
}

/** The rows of each table that were added and removed, as a diff shows them. */
function rowsOf(changes) {
  return changes.map(({ table, added, removed }) => [
    h("p", { class: "table" }, h("code", null, table)),
    h(
      "ul",
      { class: "rows" },
      added.map((row) => h("li", { class: "added" }, h("code", null, `+ ${row}`))),
      removed.map((row) => h("li", { class: "removed" }, h("code", null, `\u2212 ${row}`))),
    ),
  ]);
}

/** What the same probe came to without the constraint. */
function controlOf({ control, masked }) {
  if (!control) return [h("h4", null, "The control"), quiet("None was asked.")];
  return [
    h("h4", null, "The control, without the constraint"),
    h(
      "p",
      null,
      h("span", { class: `outcome ${control.outcome}` }, control.outcome),
      masked && ": something else rejects this row already, so the probe has asked nothing.",
    ),
    control.error && errorOf(control.error),
    control.rows && (control.rows.length ? rowsOf(control.rows) : quiet("It changed no row.")),
  ];
}

const WAYS = {
  create: "made with the constraint",
  add: "that got it by AddConstraint",
  both: "made with the constraint, and that got it by AddConstraint",
  remove: "without the constraint, after RemoveConstraint",
};

/** Whether a probe came to what the promise asks for, in a word and in its sign. */
function judgementOf({ expect, outcome, masked }) {
  if (!outcome) return ["unanswered", mark("unknown", "not answered")];
  if (masked) return ["masked", mark("masked", "asked nothing")];
  if (!expect) return ["asked", mark("question", outcome)];
  if ({ accept: "accepted", reject: "rejected" }[expect] === outcome)
    return ["met", mark("holds enforced", "as promised")];
  return ["missed", mark("does-not-hold ignored", "not as promised")];
}

function probeOf(probe) {
  const [slug, judged] = judgementOf(probe);
  const came = probe.outcome
    ? [probe.outcome, probe.stage && ` at the ${probe.stage}`]
    : [`no answer: ${probe.fault ?? "no reason was given"}`];
  return h(
    "details",
    { class: `probe ${slug}` },
    h(
      "summary",
      null,
      judged,
      " ",
      h("strong", null, probe.title),
      " ",
      h("span", { class: "quiet" }, probe.expect && `to be ${probe.expect}ed: `, came),
    ),
    facts(
      ["Way in", h("code", null, probe.way_in)],
      ["On tables", WAYS[probe.way]],
      ["Fault", probe.fault],
    ),
    setupOf(probe.setup),
    probe.sql.length > 0 && code(statements(probe.sql)),
    probe.error && errorOf(probe.error),
    h("h4", null, "What changed in the rows"),
    probe.rows.length ? rowsOf(probe.rows) : quiet("Nothing."),
    controlOf(probe),
  );
}

/** What came out otherwise than promised comes first, then what was rejected by another error. */
function rankOf(probe) {
  const [slug] = judgementOf(probe);
  if (slug === "missed") return 0;
  return slug === "met" && probe.error && probe.error.class !== "IntegrityError" ? 1 : 2;
}

function probesOf({ probes }) {
  if (!probes.length)
    return section("Probes", quiet("None was asked: there was no table to ask."));
  return section(
    `Probes (${probes.length})`,
    quiet("Each on tables that were empty before its setup, with the constraint and without it."),
    [...probes].sort((one, other) => rankOf(one) - rankOf(other)).map(probeOf),
  );
}
