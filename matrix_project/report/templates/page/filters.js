// The controls above the table.

const FILTERS = ["vendor", "backend", "django", "family", "verdict", "q", "silent"];

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
    `${placeName(all[0])}${all.some((each) => each.observed) ? "" : ": not observed"}${all[0].ended ? ", past its end of life" : ""}`,
  ]);
  replace(
    "filters",
    h(
      "form",
      { class: "filters", role: "search", "aria-label": "Search and filter the cases" },
      h(
        "label",
        { class: "search" },
        h("span", { class: "unseen" }, "Search"),
        h("input", {
          type: "search",
          name: "q",
          placeholder: "Search: partial index mysql, 1062, W036 \u2026",
          autocomplete: "off",
          "aria-keyshortcuts": "/",
        }),
        h("kbd", { "aria-hidden": "true" }, "/"),
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
        families.map((each) => [each, familyName(each)]),
      ),
      choice("Verdict", "verdict", matrix.verdicts),
      checkbox("silent", "1", false, "Lost without a warning"),
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
    else if (input.name === "q" && input.value !== (state.q ?? "")) input.value = state.q ?? "";
  }
  for (const number of form.querySelectorAll("[data-number]")) {
    number.textContent = state[number.dataset.number].length || "";
  }
}
