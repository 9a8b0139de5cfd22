// What the page shows is told by the part of its address behind `#`:
// `#errors&vendor=mysql,sqlite&q=unique`. It opens again as it was from a link.

const LISTS = ["vendor", "backend", "django", "family", "verdict", "need"];

const encode = (text) => encodeURIComponent(text).replaceAll("%2B", "+").replaceAll("%3A", ":");

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readAddress(hash = location.hash) {
  const state = { section: "" };
  for (const name of LISTS) state[name] = [];
  for (const part of hash.slice(1).split("&")) {
    const [name, ...rest] = part.split("=");
    const value = rest.join("=");
    if (!rest.length) state.section = decode(name);
    else if (LISTS.includes(name)) state[name] = value.split(",").filter(Boolean).map(decode);
    else if (/^[a-z]+$/.test(name)) state[name] = decode(value);
  }
  return state;
}

function addressOf(state) {
  const parts = state.section ? [encode(state.section)] : [];
  for (const [name, value] of Object.entries(state)) {
    if (name === "section" || !value || value.length === 0) continue;
    const values = LISTS.includes(name) ? value.map(encode).join(",") : encode(String(value));
    parts.push(`${name}=${values}`);
  }
  return `#${parts.join("&")}`;
}

let state = readAddress();

/** Change some of what is shown. A step to be gone back from has an entry in the history. */
function go(changes, { step = false } = {}) {
  const before = state;
  state = { ...state, ...changes };
  const address = addressOf(state);
  if (address !== addressOf(before)) {
    const there = address === "#" ? location.pathname + location.search : address;
    history[step ? "pushState" : "replaceState"](null, "", there);
  }
  show(before);
}
