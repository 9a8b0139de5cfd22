// The controls above the overview.

const FILTERS = ["vendor", "backend", "django", "family", "verdict", "q", "differ", "silent"];

const MODES = [
  ["", "Vendors"],
  ["backend", "Backends"],
  ["environment", "Environments"],
];

const families = unique(cases.map((each) => each.family));

const choice = (title, name, options) =>
  h(
    "details",
    { class: "choice" },
    h("summary", null, title, " ", h("span", { class: "number", "data-number": name })),
    h(
      "fieldset",
      null,
      h("legend", { class: "unseen" }, title),
      options.map(([value, text]) => checkbox(name, value, false, text)),
    ),
  );

function makeFilters() {
  const versions = [...grouped(environments, (each) => each.backend)].map(([id, all]) => [
    id,
    `${all[0].name} ${all[0].server}`,
  ]);
  const modes = MODES.map(([value, text]) =>
    h("label", null, h("input", { type: "radio", name: "by", value }), h("span", null, text)),
  );
  replace(
    "filters",
    h(
      "form",
      { class: "filters", role: "search", "aria-label": "Filter the overview" },
      h(
        "label",
        { class: "search" },
        h("span", { class: "unseen" }, "Search in cases and errors"),
        h("input", {
          type: "search",
          name: "q",
          placeholder: "Search in cases and errors",
          autocomplete: "off",
        }),
      ),
      choice(
        "Vendor",
        "vendor",
        vendors.map((each) => [each.id, each.name]),
      ),
      choice("Version", "backend", versions),
      choice(
        "Django",
        "django",
        seriesOfAll.map((each) => [each, each]),
      ),
      choice(
        "Family",
        "family",
        families.map((each) => [each, each]),
      ),
      choice(
        "Verdict",
        "verdict",
        matrix.verdicts.map((each) => [each, each]),
      ),
      checkbox("differ", "1", false, "Only rows that differ"),
      checkbox("silent", "1", false, "Lost without a warning"),
      h("fieldset", { class: "modes" }, h("legend", null, "Columns:"), modes),
      h("button", { type: "reset" }, "Reset"),
    ),
  );
}

/** Bring the controls in line with the address. */
function showFilters() {
  const form = document.querySelector("form.filters");
  for (const input of form.elements) {
    if (LISTS.includes(input.name)) input.checked = state[input.name].includes(input.value);
    else if (input.type === "checkbox") input.checked = Boolean(state[input.name]);
    else if (input.type === "radio") input.checked = input.value === (state.by ?? "");
    else if (input.name === "q" && input.value !== (state.q ?? "")) input.value = state.q ?? "";
  }
  for (const number of form.querySelectorAll("[data-number]")) {
    number.textContent = state[number.dataset.number].length || "";
  }
}
