// A cluster of processes: drawn whenever there is news, and handled by buttons and keys.

Object.assign(deeds, {
  l: () => command("kill leader"),
  k: () => toChosen("kill"),
  r: () => toChosen("restart"),
  p: () => toChosen("pause"),
  u: () => toChosen("resume"),
  c: () => toChosen("cut"),
  h: () => command("heal"),
  "/": () => at("key").focus(),
});
listen();

// In a line of the terminal a blank ends the key.
function store(word) {
  const [key, value] = [at("key").value.trim(), at("value").value.trim()];
  if (!key || (word === "put" && !value)) {
    return tell(false, word === "put" ? "`put` needs a key and a value." : `\`${word}\` needs a key.`);
  }
  if (/\s/.test(key)) return tell(false, "A key that is typed here has no blanks in it.");
  return command(word === "put" ? `put ${key} ${value}` : `${word} ${key}`);
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  store("put");
});
at("get").addEventListener("click", () => store("get"));
at("delete").addEventListener("click", () => store("delete"));

// MARK: Messages

// A message that was sent since the last news flies once, for as long as an eye needs to follow.
// Where motion is unwelcome it stands still, half way.
const FLIGHT = 300, CROSSED = 300;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const MOST = 300;
let underway = [];
let known = new Set();
let isFlying = false;

function launch(messages) {
  for (const message of messages) {
    if (known.has(message.id) || seats.length < Math.max(message.from, message.to)) continue;
    if (underway.length < MOST) underway.push({ ...message, key: message.id, start: performance.now() });
  }
  known = new Set(messages.map((message) => message.id));
  if (underway.length && !isFlying) fly();
}

function fly() {
  const now = performance.now();
  underway = underway.filter((message) =>
    now - message.start < FLIGHT + (message.lost || stillness.matches ? CROSSED : 0));
  isFlying = underway.length > 0;
  drawMessages(underway.map((message) => {
    const share = (now - message.start) / FLIGHT;
    const progress = stillness.matches ? 0.5 : Math.min(1, share) * (message.lost ? 0.5 : 1);
    return { ...message, progress: message.progress ?? progress, isOver: share >= 1 };
  }));
  if (isFlying) requestAnimationFrame(fly);
}

// MARK: News

const events = new EventSource("/events");
events.onmessage = (event) => {
  const next = JSON.parse(event.data);
  if (!next.servers) return;
  seen = next;
  tellWhoLeads();
  draw();
  say(at("legend"), seen.messages
    ? "◆V is a RequestVote, ■A an AppendEntries; hollow ones are replies, and one that is lost ends in ✗."
    : "Single messages are not drawn: servers do not tell of them.");
  launch(seen.messages || []);
};
events.onerror = () => {
  at("line").className = "lost";
  say(at("line"), events.readyState === EventSource.CLOSED
    ? "The workbook does not take this page: too many are open, or it has ended. Reload to try again."
    : "The workbook does not answer: it has ended, or is busy. This page tries again by itself.");
};
