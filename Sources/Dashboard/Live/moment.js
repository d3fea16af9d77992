// A run at one moment, in the form in which live servers are drawn.

const MOST_ENTRIES = 10, MOST_ITEMS = 8;
// How long a cross stays where a message was lost, in virtual time.
const CROSS_TIME = 20 * MILLISECOND;

// What does not show, or comes with what does, is no step.
const BYWORK = new Set(["timerSet", "timerStopped", "timerFired", "saved", "role"]);
const isStep = (event) => !BYWORK.has(event.kind)
  && !(["called", "changed"].includes(event.kind) && !event.after && !event.log);

// The trace, and beside it what looks at servers do not tell.
function readRun(text) {
  const run = readTrace(text);
  run.hasLogs = run.events.some((event) => event.after && event.after.commitIndex !== undefined);
  for (const server of run.servers) {
    Object.assign(server, { timers: [], leaders: [], cuts: [{ index: -1, peers: [] }],
      delays: [{ index: -1, delay: 0 }] });
  }
  run.events.forEach((event, index) => {
    if (event.kind === "healed") for (const server of run.servers) server.cuts.push({ index, peers: [] });
    const server = run.servers[event.server - 1];
    if (!server) return;
    followTimer(server, event, index);
    if (event.kind === "cut") {
      const { peers } = server.cuts[server.cuts.length - 1];
      server.cuts.push({ index, peers: [...peers, event.peer] });
    }
    if (event.delay !== undefined) server.delays.push({ index, delay: event.delay });
    const request = event.kind === "delivered" && run.messages.get(event.number);
    if (request && request.body.kind === "AppendEntries") {
      server.leaders.push({ index, leader: request.from, term: request.body.term });
    }
  });
  return run;
}

function followTimer(server, event, index) {
  const isOver = event.kind === "crashed" || event.kind === "started";
  if (!isOver && event.timer !== "election") return;
  if (event.kind === "timerSet") server.timers.push({ index, start: event.time, due: event.due });
  else if (isOver || event.kind !== "timerFired") server.timers.push({ index });
}

const last = (list, index) => list[lastWhere(list, (item) => item.index <= index)];

// The servers after the event of that index, when it is `now`.
function serversAt(run, index, now) {
  const event = run.events[index] || {};
  return run.servers.map((server) => {
    const look = lookAt(server, index);
    const { entries, count } = look.log;
    const first = Math.max(0, count - MOST_ENTRIES);
    const led = last(server.leaders, index);
    const timer = last(server.timers, index);
    const isBroken = event.server === server.number
      && ["broken", "misuse", "failed"].includes(event.kind);
    return {
      view: {
        server: server.number, state: look.paused && look.role !== "down" ? "paused" : look.role,
        term: look.term, commit: run.hasLogs && look.role !== "down" ? look.commit || 0 : null,
        applied: look.applied || 0, last: count,
      },
      votedFor: look.votedFor, leader: led && led.term === look.term ? led.leader : null,
      cut: last(server.cuts, index).peers, slow: last(server.delays, index).delay / MILLISECOND, isBroken,
      log: entries.slice(first, count).map((entry, place) =>
        ({ index: first + place + 1, term: entry.term, command: entry.command })),
      timer: timer && timer.due !== undefined
        ? { left: timer.due - now, full: timer.due - timer.start } : null,
    };
  });
}

// What the committed entries wrote, as far as anybody knows it: the latest first.
function storeAt(run, index) {
  const furthest = run.servers.map((server) => lookAt(server, index))
    .reduce((most, look) => ((look.commit || 0) > (most.commit || 0) ? look : most));
  const items = new Map();
  furthest.log.entries.slice(0, furthest.commit || 0).forEach(({ command }, place) => {
    const [word, key, value] = command.split(" ").map(plain);
    if (word !== "get") items.delete(key);
    if (word === "put" && value !== undefined) items.set(key, { key, value, index: place + 1 });
  });
  return [...items.values()].reverse().slice(0, MOST_ITEMS);
}

// A word of a command, which has its blanks as percent signs and digits.
function plain(word) {
  try { return decodeURIComponent(word); } catch { return word; }
}

// What is on its way then; and crosses, where something was lost a moment ago.
function messagesAt(run, index, now) {
  const shown = [];
  const { arrows } = run;
  const first = lastWhere(arrows, (arrow) => arrow.start < now - run.longest - CROSS_TIME) + 1;
  for (let at = first; at < arrows.length && arrows[at].start <= now; at += 1) {
    const arrow = arrows[at];
    const { message } = arrow;
    const isOver = arrow.index !== undefined && arrow.index <= index;
    if (message.index > index || (isOver && !(arrow.isLost && now - arrow.end < CROSS_TIME))) continue;
    const passed = arrow.end > arrow.start ? (now - arrow.start) / (arrow.end - arrow.start) : isOver ? 1 : 0;
    // What is lost at once leaves its server all the same; what is on its way in the end stays so.
    const reach = arrow.fate === "arrives" ? 1 : arrow.end > arrow.start && arrow.isLost ? 0.85 : 0.5;
    const { body } = message;
    const isReply = message.answers !== undefined;
    shown.push({
      key: at, from: message.from, to: message.to, term: body.term, reply: isReply, lost: arrow.isLost,
      kind: message.kind === "heartbeat" ? "heartbeat" : body.kind.replace(".Reply", ""),
      isOver, progress: Math.min(1, passed) * reach,
      letter: isReply ? ((body.voteGranted ?? body.success) ? "✓" : "–") : undefined,
      words: `S${message.from} → S${message.to}: ${messageWords(body)}`,
    });
  }
  return shown;
}
