// The dialog that shows the evidence of the cell that the address names.

/** The environments that the address speaks of: one, or a vendor's that answer alike. */
function addressed(described) {
  if (byId.has(state.in)) return [byId.get(state.in)];
  const all = environments.filter((each) => each.vendor === state.in);
  const seen = all.filter((each) => each.observed);
  const group = seen.filter((each) => !state.as || cellOf(described, each).answer.key === state.as);
  return [group, seen, all].find((each) => each.length) ?? [];
}

function pickerOf(described, environment) {
  const all = environments.filter((each) => each.vendor === environment.vendor);
  const option = (each) =>
    h(
      "option",
      { value: each.id, selected: each === environment },
      `${each.name} ${each.server} on Django ${each.series}`,
    );
  const groups = [...grouped(all, (each) => cellOf(described, each).answer.key)];
  return h(
    "label",
    { class: "picker" },
    h("span", null, "Server and Django"),
    h(
      "select",
      { id: "picker" },
      groups.map(([, alike]) => {
        const label = answerText(cellOf(described, alike[0]).answer);
        return h("optgroup", { label }, alike.map(option));
      }),
    ),
  );
}

function groupOf(group) {
  if (group.length < 2) return null;
  const whole = environments.filter((each) => each.vendor === group[0].vendor && each.observed);
  return h(
    "p",
    { class: "quiet" },
    `One of ${group.length} servers and Djangos that answer alike: ${named(group, whole)}.`,
  );
}

function headingOf(title, ...children) {
  return h(
    "header",
    null,
    h(
      "div",
      null,
      h("h2", { id: "evidence-title", tabindex: "-1", autofocus: true }, title),
      children,
    ),
    h("button", { type: "button", class: "close", "aria-label": "Close" }, "\u00d7"),
  );
}

let opener = null;

function showEvidence() {
  const dialog = document.getElementById("evidence");
  if (!state.cell) {
    if (dialog.open) dialog.close();
    return;
  }
  const described = caseById.get(state.cell);
  const group = described ? addressed(described) : [];
  const usual = group.filter((each) => !each.backend.includes("~"));
  const environment = (usual.length ? usual : group).at(-1);
  const picking = document.activeElement?.id === "picker";
  if (environment) {
    dialog.replaceChildren(
      headingOf(
        described.title,
        h("code", null, described.id),
        groupOf(group),
        pickerOf(described, environment),
      ),
      h(
        "div",
        { class: "body", tabindex: "0", role: "group", "aria-label": "Evidence" },
        evidenceOf(described, environment),
      ),
    );
  } else {
    dialog.replaceChildren(
      headingOf("No such cell"),
      h(
        "div",
        { class: "body" },
        h("p", null, "The link names a case or an environment that this report does not have."),
      ),
    );
  }
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  if (picking) document.getElementById("picker")?.focus();
}

/** The dialog was closed: the address no longer names the cell, and the focus goes back to it. */
function evidenceClosed() {
  const { cell } = state;
  if (cell) go({ cell: "", in: "", as: "" });
  if (opener?.isConnected && opener !== document.body) opener.focus();
  else
    [...document.querySelectorAll("#matrix a.case")]
      .find((each) => cell && each.hash === `#${encode(`case:${cell}`)}`)
      ?.focus();
}
