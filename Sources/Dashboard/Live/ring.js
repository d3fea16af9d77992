// The servers in a ring, what links them, and what is on its way between them.

let seen = { servers: [], store: [] };
const seats = [], links = new Map();

function place(index, count) {
  const turn = (index / count) * 2 * Math.PI - Math.PI / 2;
  return { x: 260 + 172 * Math.cos(turn), y: 245 + 165 * Math.sin(turn) };
}

// Many servers are drawn smaller: they stand on one ring, and do not touch.
const scale = (count) => (count < 2 ? 1 : Math.min(0.92, (150 / 78) * Math.sin(Math.PI / count)));

// `choose` is told of the server that was clicked.
function buildRing(count, choose) {
  const ring = at("ring");
  ring.replaceChildren();
  seats.length = 0;
  links.clear();
  const marker = make("marker", make("defs", ring));
  set(marker, { id: "tip", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 12,
    markerHeight: 12, markerUnits: "userSpaceOnUse", orient: "auto" });
  set(make("path", marker), { d: "M0 0 L10 5 L0 10 z" });
  for (let from = 0; from < count; from += 1) {
    for (let to = from + 1; to < count; to += 1) {
      links.set(`${from} ${to}`, make("line", ring, "link"));
    }
  }
  for (let index = 0; index < count; index += 1) {
    const { x, y } = place(index, count);
    const group = make("g", ring);
    set(group, { tabindex: 0, role: "button", transform: `translate(${x} ${y}) scale(${scale(count)})` });
    set(make("circle", group, "mark"), { r: 77 });
    set(make("circle", group, "body"), { r: 66 });
    const timer = make("circle", group, "timer");
    set(timer, { r: 72, pathLength: 100, transform: "rotate(-90)" });
    const lines = ["name", "role", "term", "small", "small", "small"].map((name, line) => {
      const text = make("text", group, name);
      set(text, { y: [-37, -17, 1, 18, 34, 49][line] });
      return text;
    });
    group.addEventListener("click", () => choose(index + 1));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        event.stopPropagation();
        choose(index + 1);
      }
    });
    seats.push({ group, lines, timer });
  }
  set(make("g", ring), { id: "messages" });
}

const isUp = (server) => ["leader", "follower", "candidate"].includes(server.view.state);

function drawServer(server, index, isChosen) {
  const { group, lines } = seats[index];
  const { state, term, commit, applied } = server.view;
  const name = `S${server.view.server}`;
  const known = isUp(server);
  set(group, { class: (known ? state : "down") + (server.isBroken ? " broken" : ""),
    "aria-pressed": isChosen });
  const facts = known
    ? [`term ${term}`, server.votedFor ? `vote for S${server.votedFor}` : "no vote",
      ...(commit === null ? ["", ""] : [`commit ${commit}`, `applied ${applied}`])]
    : ["", "", "", ""];
  [name, server.slow ? state + ", slow" : state, ...facts].forEach((words, line) => say(lines[line], words));
  const slowness = server.slow ? `slow by ${server.slow} ms` : "";
  set(group, { "aria-label": [name, state, slowness, ...facts].filter(Boolean).join(", ") });
  drawTimer(server, index, 0);
}

// The election timer, when so many milliseconds have passed since the server told of it.
function drawTimer(server, index, passed) {
  const { left, full } = (isUp(server) && server.timer) || { left: 0, full: 1 };
  const share = Math.max(0, Math.min(100, Math.round(((left - passed) / full) * 100)));
  set(seats[index].timer,
    { "stroke-dasharray": `${share} 100`, class: share ? "timer" : "timer over" });
}

// From where to where something goes between two servers, from rim to rim.
function way(from, to, side) {
  const [start, end] = [from, to].map((index) => place(index, seats.length));
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const [dx, dy] = [(end.x - start.x) / length, (end.y - start.y) / length];
  const gap = scale(seats.length) * 66 + 9;
  return {
    x1: start.x + dx * gap - dy * side, y1: start.y + dy * gap + dx * side,
    x2: end.x - dx * gap - dy * side, y2: end.y - dy * gap + dx * side,
  };
}

function drawLink(line, from, to) {
  const [one, other] = [seen.servers[from], seen.servers[to]];
  const isCut = one.cut.includes(to + 1) || other.cut.includes(from + 1);
  const leads = (a, b) => isUp(a) && isUp(b) && a.view.state === "leader"
    && a.view.term === b.view.term && (b.leader ?? b.votedFor) === a.view.server;
  const isFollowed = !isCut && (leads(one, other) || leads(other, one));
  const [start, end] = leads(other, one) ? [to, from] : [from, to];
  set(line, { class: "link" + (isCut ? " cut" : isFollowed ? " follows" : ""),
    ...way(start, end, 0), "marker-end": isFollowed ? "url(#tip)" : "none" });
}

function drawLinks() {
  for (const [name, line] of links) drawLink(line, ...name.split(" ").map(Number));
}

// MARK: Messages on their way

const SHAPES = { RequestVote: "M0 -12 L12 0 L0 12 L-12 0 z",
  AppendEntries: "M-9 -9 H9 V9 H-9 z", heartbeat: "M-8 0 A8 8 0 1 1 8 0 A8 8 0 1 1 -8 0 z" };
const LETTERS = { RequestVote: "V", AppendEntries: "A", heartbeat: "♥" };
const CROSS = "M-7 -7 L7 7 M-7 7 L7 -7";
const flying = new Map();

// Shows these messages and no others. Each has a key of its own, and the share of its way that lies
// behind it; one that is lost and `isOver` is a cross.
function drawMessages(messages) {
  const keys = new Set(messages.map((message) => message.key));
  for (const [key, parts] of flying) {
    if (keys.has(key)) continue;
    parts.group.remove();
    flying.delete(key);
  }
  for (const message of messages) {
    if (!flying.has(message.key)) flying.set(message.key, makeMessage(message));
    drawMessage(message, flying.get(message.key));
  }
}

function makeMessage({ kind, reply, from, to, term, words }) {
  const group = make("g", at("messages"));
  make("title", group, "",
    words || `${kind}${reply ? ".Reply" : ""}, term ${term}, S${from} → S${to}`);
  return { group, trail: make("line", group, "trail"), shape: make("path", group, "shape"),
    letter: make("text", group, "letter") };
}

function drawMessage(message, { group, trail, shape, letter }) {
  const { x1, y1, x2, y2 } = way(message.from - 1, message.to - 1, 8);
  const [x, y] = [x1 + (x2 - x1) * message.progress, y1 + (y2 - y1) * message.progress];
  const isCross = message.lost && message.isOver;
  set(group, { class: ["message", message.kind, message.reply ? "reply" : "",
    isCross ? "lost" : ""].filter(Boolean).join(" ") });
  set(trail, { x1, y1, x2: x, y2: y });
  set(shape, { d: isCross ? CROSS : SHAPES[message.kind], transform: `translate(${x} ${y})` });
  set(letter, { x, y: y + 4 });
  say(letter, isCross ? "" : message.letter || LETTERS[message.kind]);
}
