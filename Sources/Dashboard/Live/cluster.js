// A cluster of processes: drawn whenever there is news, and handled by buttons and keys.

Object.assign(deeds, {
  l: () => command("kill leader"),
  k: () => toChosen("kill"),
  r: () => toChosen("restart"),
  p: () => toChosen("pause"),
  u: () => toChosen("resume"),
  c: () => toChosen("cut"),
  s: () => toChosen("slow", " 200"),
  e: () => toChosen("elect"),
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

// MARK: Between the news

// A message that was sent since the last news flies once, for as long as an eye needs to follow; and
// timers run on. Where motion is unwelcome, messages stand still half way, and timers wait for news.
const FLIGHT = 300, CROSSED = 300, MOST = 300;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
let underway = [], known = new Set(), heardAt = 0, isMoving = false;

function launch(messages) {
  for (const message of messages) {
    if (known.has(message.id) || underway.length >= MOST) continue;
    underway.push({ ...message, key: message.id, start: performance.now() });
  }
  known = new Set(messages.map((message) => message.id));
  if (!isMoving) move();
}

function move() {
  const now = performance.now();
  const still = stillness.matches;
  underway = underway.filter((message) =>
    now - message.start < FLIGHT + (message.lost || still ? CROSSED : 0));
  drawMessages(underway.map((message) => {
    const share = Math.min(1, (now - message.start) / FLIGHT);
    return { ...message, isOver: share === 1,
      progress: message.progress ?? (still || message.lost ? 0.5 : 1) * (still ? 1 : share) };
  }));
  const passed = still ? 0 : now - heardAt;
  seen.servers.forEach((server, index) => drawTimer(server, index, passed));
  isMoving = underway.length > 0
    || (!still && seen.servers.some(({ timer }) => timer && timer.left > passed));
  if (isMoving) requestAnimationFrame(move);
}

// MARK: News

const events = new EventSource("/events");
events.onmessage = (event) => {
  const next = JSON.parse(event.data);
  if (!next.servers) return;
  seen = next;
  heardAt = performance.now();
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
