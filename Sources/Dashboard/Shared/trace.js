// What the trace says, in the form in which it is drawn. The picture stands in picture.js.

const MILLISECOND = 1e6;

// One pass over the events: arrows for messages, and for each server how it came to be what it is.
function readTrace(text) {
  const lines = JSON.parse("[" + text.trim().split("\n").join(",") + "]");
  const header = lines[0];
  const events = lines.slice(1);
  const servers = Array.from({ length: header.servers }, (_, at) => ({
    number: at + 1,
    looks: [{ index: -1, time: 0, term: 0, role: "down", log: { entries: [], count: 0 } }],
  }));
  const messages = new Map();
  const arrows = [];
  let bad = -1;
  events.forEach((event, index) => {
    followServer(servers[event.server - 1], event, index);
    followMessage(messages, arrows, event, index);
    if (bad < 0 && (event.kind === "broken" || event.kind === "misuse")) bad = index;
  });
  const end = events.length ? events[events.length - 1].time : 0;
  for (const message of messages.values()) {
    if (!message.ends) arrows.push({ message, start: message.time, end, fate: "on its way" });
  }
  arrows.sort((one, other) => one.start - other.start);
  const failed = events.findIndex((event) => event.kind === "failed");
  return {
    header, events, servers, messages, arrows, end, failed,
    bad: bad < 0 ? failed : bad,
    longest: arrows.reduce((most, arrow) => Math.max(most, arrow.end - arrow.start), 0),
  };
}

function followServer(server, event, index) {
  if (!server) return;
  const last = server.looks[server.looks.length - 1];
  const look = Object.assign({}, last, { index, time: event.time });
  const state = event.kind === "saved" ? null : event.after;
  if (event.kind === "crashed") look.role = "down";
  else if (event.kind === "paused") look.paused = true;
  else if (event.kind === "resumed") look.paused = false;
  else if (event.kind === "applied") look.read = event.index;
  else if (!state && !event.log) return;
  if (event.kind === "started") Object.assign(look, { paused: false, read: 0, log: { entries: [], count: 0 } });
  if (state) {
    look.term = state.term;
    look.role = state.role;
    look.votedFor = state.votedFor;
    look.commit = state.commitIndex;
    look.applied = state.lastApplied;
  }
  if (event.log) look.log = changedLog(look.log, event.log);
  server.looks.push(look);
}

// Logs share their entries as long as one is the beginning of the other.
function changedLog(log, change) {
  const entries = change.kept === log.entries.length ? log.entries : log.entries.slice(0, change.kept);
  for (const entry of change.appended) entries.push(entry);
  return { entries, count: change.kept + change.appended.length };
}

function followMessage(messages, arrows, event, index) {
  if (event.kind === "sent") {
    const request = messages.get(event.answers);
    const isBeat = event.message.kind === "AppendEntries" && !event.message.count;
    messages.set(event.number, {
      number: event.number, from: event.server, to: event.peer, time: event.time, index, ends: 0,
      body: event.message, answers: event.answers,
      kind: isBeat || (request && request.kind === "heartbeat") ? "heartbeat" : event.message.kind,
    });
  } else if (event.kind === "delivered" || event.kind === "lost") {
    const message = messages.get(event.number);
    if (!message) return;
    message.ends += 1;
    arrows.push({
      message, start: message.time, end: event.time, index,
      fate: event.kind === "lost" ? event.word : "arrives", isLost: event.kind === "lost",
    });
  }
}

// The last of a sorted list that `isBefore` holds for; -1 where there is none.
function lastWhere(list, isBefore) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const lookAt = (server, index) =>
  server.looks[Math.max(0, lastWhere(server.looks, (look) => look.index <= index))];

// In words.

const seconds = (time) => (time / 1e9).toFixed(3) + " s";

const REASONS = {
  dropped: "the network drops it", cut: "the way is cut", down: "its receiver is down",
  unawaited: "nobody waits for it any more", misaddressed: "it is for no peer",
};

function messageWords(body) {
  const term = "term " + body.term;
  switch (body.kind) {
    case "RequestVote":
      return `RequestVote(${term}, candidate S${body.candidate}, last log ${body.lastLogIndex} of term ${body.lastLogTerm})`;
    case "RequestVote.Reply": return `vote ${body.voteGranted ? "granted" : "refused"} (${term})`;
    case "AppendEntries": {
      const entries = body.count
        ? `${body.count} ${body.count === 1 ? "entry" : "entries"}` : "a heartbeat";
      return `AppendEntries(${term}, leader S${body.leader}, after ${body.prevLogIndex} of term ${body.prevLogTerm}, ${entries}, leaderCommit ${body.leaderCommit})`;
    }
    default:
      return `${body.success ? "success" : "no success"} (${term}${body.conflictIndex === undefined ? "" : ", conflict at " + body.conflictIndex})`;
  }
}

// The indices after the first, up to the last: "4" or "4–6".
const range = (first, last) => (first + 1 === last ? `${last}` : `${first + 1}–${last}`);

// A message in so few words that they fit beside an arrow.
function messageLabel(message) {
  const body = message.body;
  switch (body.kind) {
    case "RequestVote": return "RequestVote " + body.term;
    case "RequestVote.Reply": return (body.voteGranted ? "vote " : "no vote ") + body.term;
    case "AppendEntries":
      return body.count ? "Append " + range(body.prevLogIndex, body.prevLogIndex + body.count) : "♥ " + body.term;
    default: return (body.success ? "ok " : "refused ") + body.term;
  }
}

function wholeMessage(arrow) {
  const { message } = arrow;
  const lines = [
    `${message.number}: S${message.from} → S${message.to}, ${messageWords(message.body)}`,
    `sent ${seconds(message.time)}, ${arrow.isLost ? REASONS[arrow.fate] || "lost" : arrow.fate} ${seconds(arrow.end)}`,
  ];
  if (message.answers !== undefined) lines.push(`answers message ${message.answers}`);
  (message.body.entries || []).forEach((entry, at) => {
    lines.push(`  ${message.body.prevLogIndex + 1 + at}: term ${entry.term}, ${entry.command}`);
  });
  const rest = (message.body.count || 0) - (message.body.entries || []).length;
  if (rest > 0) lines.push(`  and ${rest} more`);
  return lines.join("\n");
}

function changeWords(event) {
  const { before, after = before, log } = event;
  if (!before) return "";
  const words = [];
  if (after.term !== before.term) words.push(`term ${before.term} → ${after.term}`);
  if (after.role !== before.role) words.push(`${before.role} → ${after.role}`);
  if (after.votedFor !== before.votedFor) {
    words.push(after.votedFor ? `votedFor S${after.votedFor}` : "votedFor nobody");
  }
  if (log && log.kept < before.lastIndex) words.push("drops " + range(log.kept, before.lastIndex));
  if (log && log.appended.length) {
    words.push("appends " + range(log.kept, log.kept + log.appended.length));
  }
  if (after.commitIndex > before.commitIndex) {
    words.push(`commitIndex ${before.commitIndex} → ${after.commitIndex}`);
  }
  if (after.lastApplied > before.lastApplied) words.push(`lastApplied → ${after.lastApplied}`);
  return words.join(", ");
}

// An event as a sentence.
function eventWords(trace, event) {
  const name = "S" + event.server;
  const message = trace.messages.get(event.number);
  const said = message ? messageWords(message.body) : "a message";
  switch (event.kind) {
    case "started":
      return `${name} starts in term ${event.after.term}, with a log up to ${event.after.lastIndex}`;
    case "crashed": return name + " crashes";
    case "paused": return name + " stands still";
    case "resumed": return name + " goes on";
    case "cut": return `The way from ${name} to S${event.peer} is cut`;
    case "healed": return "Every way is open";
    case "sent": return `${name} sends S${event.peer} ${messageWords(event.message)}`;
    case "delivered": return `${name} receives ${said} from S${event.peer}`;
    case "duplicated": return `The network repeats ${said} from S${event.peer} to ${name}`;
    case "lost":
      return `${said} from S${event.peer} to ${name} is lost: ${REASONS[event.word] || event.word}`;
    case "unreachable": return `${name} gives up waiting for S${event.peer}'s reply`;
    case "timerSet": return `${name} sets its ${event.timer} timer to ${seconds(event.due)}`;
    case "timerStopped": return `${name} stops its ${event.timer} timer`;
    case "timerFired": return `${name} fires its ${event.timer} timer`;
    case "timerElapsed": return `${name}'s ${event.timer} timer elapses`;
    case "called": {
      const reply = event.message ? ` → ${messageWords(event.message)}` : "";
      const change = changeWords(event);
      const what = event.word === "propose" ? `propose(${event.command})` : event.word;
      return `${name}: ${what}${reply}${change ? "; " + change : ""}`;
    }
    case "changed":
      return `${name}: ${changeWords(event) || "what it knows of its peers changes"}`;
    case "saved":
      return `${name} saves term ${event.after.term}, ${event.after.votedFor ? "votedFor S" + event.after.votedFor : "no vote"}, log up to ${event.after.lastIndex}`;
    case "submitted": return `A client hands ${name} “${event.command}”`;
    case "applied": return `${name} applies ${event.index}: “${event.command}”`;
    case "consumerBlocked": return `Nobody reads ${name}'s commits any more`;
    case "consumerUnblocked": return `${name}'s commits are read again`;
    case "broken": return `${event.sentence} (${event.word})`;
    case "failed": return `${event.sentence} (${event.word})`;
    default: return event.sentence || `${name}: ${event.kind}`;
  }
}
