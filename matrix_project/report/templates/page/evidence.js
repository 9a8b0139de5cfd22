// The evidence of one cell.

const statements = (list) => list.map((sql) => (sql.endsWith(";") ? sql : `${sql};`)).join("\n");

const section = (title, ...children) => h("section", null, h("h3", null, title), children);

const facts = (...pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value != null && value !== "")
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );

function errorOf(error) {
  return [
    facts(
      ["Error", h("strong", null, error.class)],
      ["Driver’s class", h("code", null, error.driver_class)],
      ["Code", error.code && h("code", null, error.code)],
      [
        "Constraint named",
        error.names_constraint ? "yes, in the message" : "no, the message does not name it",
      ],
      ["Constraint in the error", error.constraint && h("code", null, error.constraint)],
    ),
    code(error.message),
  ];
}

function setupOf(setup) {
  if (!setup.length) return null;
  const count = setup.length === 1 ? "1 statement" : `${setup.length} statements`;
  return h("details", null, h("summary", null, `Sent before (${count})`), code(statements(setup)));
}

function leftOf(left) {
  return facts(
    [
      "Left behind",
      left.tables.length ? `${left.tables.join(", ")}, ${left.rows ?? "no"} ${left.rows === 1 ? "row" : "rows"}` : "no table",
    ],
    ["Constraint", left.constraint ? "in the catalogue" : "not in the catalogue"],
    ["Migration", left.recorded ? "counts as applied" : "does not count as applied"],
  );
}

function stepOf(title, step, nothing) {
  if (!step) return section(title, h("p", { class: "quiet" }, nothing));
  return section(
    title,
    h("p", null, h("span", { class: `outcome ${step.outcome}` }, step.outcome), " by the database"),
    setupOf(step.setup),
    step.sql.length
      ? code(statements(step.sql))
      : h("p", { class: "quiet" }, "Django sent nothing."),
    step.error && errorOf(step.error),
    step.definition
      ? facts(["In the catalogue after it", h("code", null, step.definition)])
      : h("p", { class: "quiet" }, "The catalogue has no such constraint after it."),
    step.left_behind && leftOf(step.left_behind),
  );
}

function probeOf(probe) {
  const met = (probe.expect === "reject") === (probe.outcome === "rejected");
  return h(
    "details",
    { class: `probe ${met ? "met" : "missed"}` },
    h(
      "summary",
      null,
      h(
        "span",
        { class: `mark ${met ? "enforced" : "ignored"}` },
        met ? "as expected" : "not as expected",
      ),
      h("strong", null, probe.title),
      h(
        "span",
        { class: "quiet" },
        `to be ${probe.expect}ed, was ${probe.outcome} at the ${probe.stage}`,
      ),
    ),
    facts(["Asked on the table made by", probe.paths.join(", ")]),
    setupOf(probe.setup),
    code(statements(probe.sql)),
    probe.error && errorOf(probe.error),
  );
}

function probesOf(cell) {
  if (!cell.probes.length)
    return section(
      "Probes",
      h("p", { class: "quiet" }, "None was asked: there was no table with the constraint to ask."),
    );
  return section(
    `Probes (${cell.probes.length})`,
    h("p", { class: "quiet" }, "Each on tables that were empty before its setup."),
    cell.probes.map(probeOf),
  );
}

function validationOf({ validation }) {
  if (!validation) return h("p", { class: "quiet" }, "full_clean() was not asked.");
  return facts(
    ["A violating row is", validation.outcome],
    ["Code", validation.code && h("code", null, validation.code)],
    ["Message", validation.message],
  );
}

function sinceOf(described, environment) {
  const since = described.since[environment.index];
  return since && time(since);
}

function surroundings(described, environment) {
  const { driver, last_attempt: attempt, project } = environment;
  return section(
    "Where and when",
    facts(
      ["Server", `${environment.name} ${environment.server_version ?? "(version not known)"}`],
      ["End of life", environment.end_of_life],
      ["Django", environment.django],
      ["Python", environment.python],
      ["Driver", driver && `${driver.name} ${driver.version}`],
      ["Provider", environment.provider],
      ["Origin", environment.origin],
      ["Observed", environment.observed_at ? time(environment.observed_at) : null],
      ["This verdict since", sinceOf(described, environment)],
      ["Status", environment.status],
      ["Reason", environment.reason],
      ["Part of the suite", environment.selection],
      ["Project", `${project.version}${project.commit ? ` at ${project.commit}` : ""}`],
      [
        "A later attempt",
        attempt && [
          time(attempt.at),
          ` was ${attempt.status}: ${attempt.reason}. These results stand.`,
        ],
      ],
      ...Object.entries(environment.settings).map(([name, value]) => [
        h("code", null, name),
        value ?? "not set",
      ]),
    ),
  );
}

function evidenceOf(described, environment) {
  const cell = cellOf(described, environment);
  const seen = cell.verdict !== "unknown";
  return [
    h("p", { class: "verdict" }, answerOf(cell), " ", prose(cell.sentence)),
    cell.told.class &&
      section(
        "The error a user meets",
        facts(
          ["Error", h("strong", null, cell.told.class)],
          ["Code", cell.told.code && h("code", null, cell.told.code)],
          ["Names the constraint", cell.told.names ? "yes" : "no"],
        ),
        code(cell.told.message),
      ),
    section(
      "Reproduce this cell",
      code(`${environment.command} ${described.option} --output /tmp/one`),
    ),
    section(
      "Declared in Django",
      h("p", null, described.promise),
      code(described.declaration || "# nothing is declared"),
      facts(
        ["Model", h("code", null, described.model)],
        ["Constraint", described.constraint && h("code", null, described.constraint)],
      ),
    ),
    cell.system_checks.length > 0 &&
      section(
        "Django warns",
        cell.system_checks.map((check) =>
          h("p", { class: "warning" }, h("code", null, check.id), " ", check.message),
        ),
      ),
    seen && [
      stepOf("Created with its table", cell.ddl.create, "The table was not made this way."),
      stepOf("Added by AddConstraint", cell.ddl.add, "There was nothing to add."),
      section(
        "The catalogue’s definition",
        cell.catalog.definition
          ? code(cell.catalog.definition)
          : h(
              "p",
              null,
              cell.catalog.present
                ? "The constraint is there, without a definition."
                : "The constraint is not there.",
            ),
      ),
      probesOf(cell),
      section("full_clean()", validationOf(cell)),
      cell.feature &&
        section(
          "Django’s feature flag",
          facts([
            h("code", null, cell.feature.flag),
            cell.feature.declares
              ? "declares that the database can"
              : "declares that the database cannot",
          ]),
        ),
      stepOf(
        "Added to rows that violate it",
        cell.ddl.add_to_violating_rows,
        "There was nothing to add, or no such rows.",
      ),
      stepOf("Removed by RemoveConstraint", cell.ddl.remove, "There was nothing to remove."),
    ],
    surroundings(described, environment),
    described.sources.length > 0 &&
      section(
        "Documents",
        h(
          "ul",
          null,
          described.sources.map((source) => h("li", null, link(source.url, source.title))),
        ),
      ),
  ].flat();
}
