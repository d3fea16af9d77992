// Draws the trace, and lets a person walk through it.

const trace = readTrace(document.getElementById("trace").textContent);
const canvas = at("lanes");
const pen = canvas.getContext("2d");

const KINDS = [
  ["RequestVote", "RequestVote", true], ["RequestVote.Reply", "votes", true],
  ["AppendEntries", "AppendEntries", true], ["AppendEntries.Reply", "successes and refusals", true],
  ["heartbeat", "heartbeats", true], ["timer", "timers", false], ["saved", "saving", false],
  ["command", "clients and commits", true],
];

const view = {
  start: 0, span: 160 * MILLISECOND, // the stretch of time on the canvas
  now: 0, index: 0,                  // the cursor: a time, and the last event up to it
  kinds: new Set(KINDS.filter((kind) => kind[2]).map((kind) => kind[0])),
  servers: new Set(trace.servers.map((server) => server.number)),
  steps: [], hovered: null, playing: false, width: 0, height: 0, colours: {},
};

const LEFT = 128, TOP = 34, GAP = 84, RIGHT = 16;
const laneY = (number) => TOP + GAP / 2 + (number - 1) * GAP;
const timeX = (time) => LEFT + ((time - view.start) / view.span) * (view.width - LEFT - RIGHT);
const xTime = (x) => view.start + ((x - LEFT) / (view.width - LEFT - RIGHT)) * view.span;

// Which events count as steps.

function kindOf(event) {
  switch (event.kind) {
    case "sent": case "delivered": case "lost": case "duplicated": {
      const message = trace.messages.get(event.number);
      return message ? message.kind : null;
    }
    case "timerSet": case "timerStopped": case "timerFired": case "timerElapsed": return "timer";
    case "saved": return "saved";
    case "submitted": case "answered": case "applied": return "command";
    case "called": {
      if (event.word === "propose") return "command";
      const message = trace.messages.get(event.number);
      return event.after || event.log ? null : message ? message.kind : null;
    }
    default: return null;
  }
}

const isMessage = (event) => ["sent", "delivered", "lost", "duplicated"].includes(event.kind);

function isShown(event) {
  const kind = kindOf(event);
  if (kind && !view.kinds.has(kind)) return false;
  if (event.server && !view.servers.has(event.server)) return false;
  return !isMessage(event) || view.servers.has(event.peer);
}

const isArrowShown = ({ message }) =>
  view.kinds.has(message.kind) && view.servers.has(message.from) && view.servers.has(message.to);

function findSteps() {
  view.steps = [];
  trace.events.forEach((event, index) => { if (isShown(event)) view.steps.push(index); });
}

// Keeps the cursor on the canvas.
function moved() {
  const room = view.span * 0.12;
  if (view.now < view.start + room || view.now > view.start + view.span - room) {
    view.start = view.now - view.span * (view.playing ? 0.2 : 0.6);
  }
  keepInSight();
  refresh();
}

// The run's beginning and end stay where they can be seen.
function keepInSight() {
  view.start = Math.max(-view.span * 0.02, Math.min(view.start, trace.end - view.span * 0.8));
}

function zoom(factor, around = view.now) {
  const span = Math.max(5 * MILLISECOND, Math.min(view.span * factor, (trace.end || MILLISECOND) * 1.1));
  view.start = around - ((around - view.start) / view.span) * span;
  view.span = span;
  keepInSight();
  refresh();
}

// Drawing. Only what lies in the stretch of time shown is looked at.

let isDrawingDue = false;
function refresh() {
  if (isDrawingDue) return;
  isDrawingDue = true;
  requestAnimationFrame(() => {
    isDrawingDue = false;
    draw();
    tell();
  });
}

function measure() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["panel", "ink", "quiet", "line", "follower", "candidate", "leader", "bad",
    "vote", "append", "beat", "cursor", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"]) {
    view.colours[name] = style.getPropertyValue("--" + name).trim();
  }
  const scale = window.devicePixelRatio || 1;
  view.width = canvas.clientWidth;
  view.height = TOP + GAP * trace.servers.length + 8;
  canvas.style.height = view.height + "px";
  canvas.width = Math.round(view.width * scale);
  canvas.height = Math.round(view.height * scale);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  refresh();
}

const termColour = (term) => view.colours["t" + (term === 0 ? 0 : 1 + ((term - 1) % 7))];

function line(x1, y1, x2, y2, colour, width = 1, dash = []) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
  pen.setLineDash([]);
}

function text(words, x, y, colour, font = "12px system-ui, sans-serif", align = "left") {
  pen.font = font;
  pen.textAlign = align;
  pen.lineWidth = 3;
  pen.strokeStyle = view.colours.panel;
  pen.strokeText(words, x, y);
  pen.fillStyle = colour;
  pen.fillText(words, x, y);
}

function draw() {
  pen.clearRect(0, 0, view.width, view.height);
  pen.save();
  pen.beginPath();
  pen.rect(LEFT - 8, 0, view.width, view.height);
  pen.clip();
  drawTimes();
  trace.servers.forEach(drawLane);
  drawArrows();
  drawMarks();
  drawCursor();
  pen.restore();
  trace.servers.forEach(drawName);
}

function drawTimes() {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000];
  const wanted = (view.span / MILLISECOND / (view.width - LEFT)) * 110;
  const gap = (steps.find((step) => step >= wanted) || 120000) * MILLISECOND;
  for (let time = Math.max(0, Math.ceil(view.start / gap) * gap); time <= view.start + view.span; time += gap) {
    line(timeX(time), 20, timeX(time), view.height, view.colours.line, 0.5);
    text(seconds(time), timeX(time) + 3, 14, view.colours.quiet, "11px system-ui, sans-serif");
  }
}

const WIDTHS = { follower: 2, candidate: 6, leader: 10, down: 1 };

// A band in the colour of the term, and in it a line: the more a server has to say, the thicker.
function drawLane(server) {
  const y = laneY(server.number);
  const looks = server.looks;
  const first = Math.max(0, lastWhere(looks, (look) => look.time <= view.start));
  let labelled = -Infinity;
  for (let place = first; place < looks.length && looks[place].time <= view.start + view.span; ) {
    const look = looks[place];
    let next = place + 1;
    while (next < looks.length && looks[next].role === look.role && looks[next].term === look.term
      && looks[next].paused === look.paused && looks[next].time < view.start + view.span) next += 1;
    const from = Math.max(LEFT - 8, timeX(look.time));
    const to = next < looks.length ? timeX(looks[next].time) : timeX(Math.max(trace.end, look.time));
    place = next;
    if (next < looks.length && looks[next].time === look.time) continue;
    pen.globalAlpha = view.servers.has(server.number) ? 1 : 0.3;
    if (look.role !== "down") {
      pen.fillStyle = termColour(look.term);
      pen.fillRect(from, y - 11, Math.max(1, to - from), 22);
    }
    const dash = look.role === "down" ? [2, 5] : look.paused ? [3, 6] : look.role === "candidate" ? [7, 4] : [];
    line(from, y, to, y, view.colours[look.role === "down" ? "line" : look.role], WIDTHS[look.role], dash);
    const words = look.paused ? "stands still" : look.role === "down" ? "down" : `${look.role} · term ${look.term}`;
    if (look.time >= view.start && from > labelled && (to - from > 30 || look.role !== "follower")) {
      text(words, from + 2, y + 26, view.colours[look.role === "down" ? "bad" : look.role], "600 12px system-ui, sans-serif");
      labelled = from + pen.measureText(words).width + 8;
    }
    pen.globalAlpha = 1;
  }
}

function drawName(server) {
  const look = lookAt(server, view.index);
  const y = laneY(server.number);
  text("S" + server.number, 10, y - 2, view.colours.ink, "700 16px system-ui, sans-serif");
  const colour = look.role === "down" ? "bad" : look.role;
  text(look.paused ? "stands still" : look.role, 38, y - 4, view.colours[colour], "600 13px system-ui, sans-serif");
  text("term " + look.term, 38, y + 12, view.colours.quiet);
}

function arrowStyle(message) {
  if (message.kind === "heartbeat") return { colour: view.colours.beat, width: 1 };
  return message.body.kind.startsWith("RequestVote")
    ? { colour: view.colours.vote, width: 1.8 } : { colour: view.colours.append, width: 1.8 };
}

// Where an arrow runs. What is lost at once still leaves its lane; what is on its way in the end
// does not arrive.
function arrowLine(arrow) {
  const { message } = arrow;
  const [y1, y2] = [laneY(message.from), laneY(message.to)];
  const x1 = timeX(arrow.start);
  if (arrow.fate === "arrives") return [x1, y1, timeX(arrow.end), y2];
  if (!arrow.isLost) return [x1, y1, timeX(arrow.end), y1 + (y2 - y1) * 0.6];
  const end = arrow.end > arrow.start ? timeX(arrow.end) : x1 + 14;
  const share = arrow.end > arrow.start ? 0.85 : 0.5;
  return [x1, y1, x1 + (end - x1) * share, y1 + (y2 - y1) * share];
}

function shownArrows() {
  const shown = [];
  const first = lastWhere(trace.arrows, (arrow) => arrow.start < view.start - trace.longest) + 1;
  const end = view.start + view.span;
  for (let place = first; place < trace.arrows.length; place += 1) {
    const arrow = trace.arrows[place];
    if (arrow.start > end) break;
    if (arrow.end >= view.start && isArrowShown(arrow)) shown.push(arrow);
  }
  return shown;
}

function drawArrows() {
  const arrows = shownArrows();
  // From far away, one arrow of a pixel stands for all of its kind.
  const isFar = arrows.length > 1500;
  const seen = new Set();
  const taken = new Map();
  for (const arrow of arrows) {
    if (isFar) {
      const key = `${Math.round(timeX(arrow.start))} ${arrow.message.from} ${arrow.message.to} ${arrow.message.kind}`;
      if (seen.has(key)) continue;
      seen.add(key);
    }
    drawArrow(arrow, isFar);
  }
  if (arrows.length <= 400) for (const arrow of arrows) labelArrow(arrow, taken);
}

const isBadArrow = (arrow) => trace.bad >= 0 && trace.events[trace.bad].number === arrow.message.number
  && trace.events[trace.bad].number !== undefined;

function drawArrow(arrow, isFar) {
  const [x1, y1, x2, y2] = arrowLine(arrow);
  const isChosen = arrow === view.hovered || arrow.message.number === chosenNumber();
  const isBad = isBadArrow(arrow);
  const { colour, width } = arrowStyle(arrow.message);
  const ink = isBad ? view.colours.bad : colour;
  const dash = arrow.message.answers === undefined ? [] : [5, 3];
  line(x1, y1, x2, y2, ink, isChosen || isBad ? 3.5 : width, dash);
  if (isFar) return;
  if (arrow.isLost) return cross(x2, y2, ink);
  const angle = Math.atan2(y2 - y1, x2 - x1);
  if (arrow.fate === "arrives") head(x2, y2, angle, ink);
  if (view.now > arrow.start && view.now < arrow.end) {
    const share = (view.now - arrow.start) / (arrow.end - arrow.start);
    pen.fillStyle = ink;
    pen.beginPath();
    pen.arc(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, 4, 0, 7);
    pen.fill();
  }
}

function head(x, y, angle, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x - 9 * Math.cos(angle - 0.4), y - 9 * Math.sin(angle - 0.4));
  pen.lineTo(x - 9 * Math.cos(angle + 0.4), y - 9 * Math.sin(angle + 0.4));
  pen.fill();
}

function cross(x, y, colour) {
  line(x - 5, y - 5, x + 5, y + 5, colour, 2.5);
  line(x - 5, y + 5, x + 5, y - 5, colour, 2.5);
}

// Beside the end of an arrow, where no other label is in the way.
function labelArrow(arrow, taken) {
  const [x1, y1, x2, y2] = arrowLine(arrow);
  if (x2 < LEFT || x2 > view.width || arrow.index === undefined) return;
  const words = messageLabel(arrow.message);
  const side = y2 > y1 ? -1 : 1;
  pen.font = "11px system-ui, sans-serif";
  const width = pen.measureText(words).width;
  for (const row of [0, 1]) {
    const y = arrow.isLost ? y2 + 4 + row * 12 : y2 + (side < 0 ? -15 - row * 12 : 38 + row * 11);
    const key = Math.round(y);
    const places = taken.get(key) || [];
    const isFree = places.every(([from, to]) => x2 + 8 > to || x2 + 8 + width < from);
    if (!isFree) continue;
    places.push([x2 + 5, x2 + 14 + width]);
    taken.set(key, places);
    return text(words, x2 + 8, y, isBadArrow(arrow) ? view.colours.bad : arrowStyle(arrow.message).colour, "11px system-ui, sans-serif");
  }
}

const MARKS = { timerElapsed: "◷", applied: "•", submitted: "▾", answered: "▴" };

// What happens on a lane and is no message; and what must not happen.
function drawMarks() {
  const { events } = trace;
  const first = lastWhere(events, (event) => event.time < view.start) + 1;
  const last = lastWhere(events, (event) => event.time <= view.start + view.span);
  for (let index = first; index <= last && last - first < 20000; index += 1) {
    const event = events[index];
    const x = timeX(event.time);
    const sign = MARKS[event.kind];
    if (sign && isShown(event)) text(sign, x, laneY(event.server) - 12, view.colours.ink, "13px system-ui, sans-serif", "center");
    else if (event.kind === "crashed") cross(x, laneY(event.server), view.colours.bad);
    else if (event.kind === "cut" || event.kind === "healed" || event.kind === "conditions") {
      line(x, 20, x, view.height, view.colours.candidate, 1, [2, 3]);
      if (event.kind !== "cut" || (events[index - 1] || {}).kind !== "cut") {
        text(event.kind === "cut" ? "cut" : event.kind === "healed" ? "healed" : "weather", x + 3, 29, view.colours.candidate, "11px system-ui, sans-serif");
      }
    }
  }
  if (trace.bad >= 0) drawBreach(events[trace.bad]);
}

function drawBreach(event) {
  const x = timeX(event.time);
  line(x, 20, x, view.height, view.colours.bad, 1.5, [6, 3]);
  const isRight = x > view.width - 260;
  text("✗ " + (event.word || event.sentence), isRight ? x - 5 : x + 5, 29, view.colours.bad,
    "700 12px system-ui, sans-serif", isRight ? "right" : "left");
  if (!event.server) return;
  pen.strokeStyle = view.colours.bad;
  pen.lineWidth = 3.5;
  pen.beginPath();
  pen.arc(x, laneY(event.server), 15, 0, 7);
  pen.stroke();
}

function drawCursor() {
  const x = timeX(view.now);
  line(x, 0, x, view.height, view.colours.cursor, 1.5);
  pen.fillStyle = view.colours.cursor;
  pen.beginPath();
  pen.moveTo(x - 6, 0);
  pen.lineTo(x + 6, 0);
  pen.lineTo(x, 8);
  pen.fill();
}
