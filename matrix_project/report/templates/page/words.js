// A cell in words, for links and for the ear: "Unique under a condition, MySQL 9.7: never created".

const cellName = (described, where, cell) =>
  `${described.title}, ${where}: ${cell ? answerText(cell.answer) : "not observed"}`;

const placeName = (environment) => `${environment.name} ${environment.server}`;

/** Environments of any vendors: `MySQL 9.7, MariaDB 10.11, 11.8`. */
const placesName = (all) =>
  [...grouped(all, (each) => each.name)]
    .map(([name, part]) => `${name} ${serverRanges(unique(part.map((each) => each.server)))}`)
    .join(", ");

/** A list as prose has it: `a, b and c`. */
const listed = (items) =>
  items.length > 1 ? `${items.slice(0, -1).join(", ")} and ${items.at(-1)}` : items.join("");

const familyName = (family) => family.replaceAll("_", " ");

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
