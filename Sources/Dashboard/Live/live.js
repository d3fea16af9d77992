// A running cluster: drawn whenever there is news, and handled by buttons and keys.
"use strict";

const at = (id) => document.getElementById(id);
const token = document.querySelector("meta[name=workbook-token]").content;
const chosen = new Set();
let seen = { servers: [], store: [] };

// What is drawn is made once and changed in place: what has the focus, or is being clicked, stays.
function make(tag, parent, className, words) {
  const isDrawing = parent.namespaceURI === "http://www.w3.org/2000/svg";
  const element = document.createElementNS(
    isDrawing ? parent.namespaceURI : "http://www.w3.org/1999/xhtml", tag);
  if (className) element.setAttribute("class", className);
  if (words !== undefined) element.textContent = words;
  parent.append(element);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// MARK: The ring

const seats = [], links = new Map(), rows = [];

function place(index, count) {
  const turn = (index / count) * 2 * Math.PI - Math.PI / 2;
  return { x: 260 + 172 * Math.cos(turn), y: 245 + 165 * Math.sin(turn) };
}

// Many servers are drawn smaller: they stand on one ring, and do not touch.
const scale = (count) => (count < 2 ? 1 : Math.min(1, (168 / 78) * Math.sin(Math.PI / count)));

function build(count) {
  const ring = at("ring");
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
    set(make("circle", group, "mark"), { r: 75 });
    set(make("circle", group, "body"), { r: 66 });
    const lines = ["name", "role", "term", "small", "small", "small"].map((name, line) => {
      const text = make("text", group, name);
      set(text, { y: [-37, -17, 1, 18, 34, 49][line] });
      return text;
    });
    group.addEventListener("click", () => choose(index + 1));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(index + 1);
      }
    });
    seats.push({ group, lines });
    const row = make("div", at("logs"), "log");
    make("strong", row, "", `S${index + 1}`);
    rows.push({ facts: make("span", row, "facts"), cells: make("div", row, "cells"), key: "" });
  }
}

const isUp = (server) => ["leader", "follower", "candidate"].includes(server.view.state);

function drawServer(server, index) {
  const { group, lines } = seats[index];
  const { state, term, commit, applied } = server.view;
  const name = `S${server.view.server}`;
  set(group, { class: isUp(server) ? state : "down", "aria-pressed": chosen.has(index + 1) });
  const known = isUp(server);
  const facts = known
    ? [`term ${term}`, server.votedFor ? `vote for S${server.votedFor}` : "no vote",
      ...(commit === null ? ["", ""] : [`commit ${commit}`, `applied ${applied}`])]
    : ["", "", "", ""];
  [name, state, ...facts].forEach((words, line) => say(lines[line], words));
  set(group, { "aria-label": [name, state, ...facts.filter(Boolean)].join(", ") });
}

function drawLink(line, from, to) {
  const [one, other] = [seen.servers[from], seen.servers[to]];
  const isCut = one.cut.includes(to + 1) || other.cut.includes(from + 1);
  const leads = (a, b) => isUp(a) && isUp(b) && a.view.state === "leader"
    && a.view.term === b.view.term && (b.leader ?? b.votedFor) === a.view.server;
  const isFollowed = !isCut && (leads(one, other) || leads(other, one));
  const turned = leads(other, one);
  const [start, end] = (turned ? [to, from] : [from, to]).map((i) => place(i, seats.length));
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const gap = scale(seats.length) * 66 + 9;
  const [dx, dy] = [(end.x - start.x) / length * gap, (end.y - start.y) / length * gap];
  set(line, { class: "link" + (isCut ? " cut" : isFollowed ? " follows" : ""),
    x1: start.x + dx, y1: start.y + dy, x2: end.x - dx, y2: end.y - dy,
    "marker-end": isFollowed ? "url(#tip)" : "none" });
}

// MARK: The logs and the store

function drawLog(server, index) {
  const row = rows[index];
  const { state, term, commit, applied, last } = server.view;
  say(row.facts, [state, term === null ? "" : `term ${term}`,
    commit === null ? "" : `commitIndex ${commit}, lastApplied ${applied}, last index ${last}`,
  ].filter(Boolean).join(" · "));
  const key = JSON.stringify([server.log, commit]);
  if (key === row.key) return;
  row.key = key;
  row.cells.replaceChildren();
  if (isUp(server) && commit !== null && !server.log.length) make("small", row.cells, "", "no entries");
  for (const entry of server.log) {
    const cell = make("span", row.cells, `cell t${entry.term % 8}`);
    if (entry.index <= commit) cell.classList.add("committed");
    if (entry.index === commit) cell.classList.add("end");
    make("small", cell, "", `${entry.index}: `);
    cell.append(`${entry.term} ${entry.command}`);
    const standing = entry.index <= commit ? "committed" : "not known to be committed";
    cell.title = `index ${entry.index}, term ${entry.term}, ${standing}: ${entry.command}`;
  }
}

let storeKey = "";
function drawStore() {
  const key = JSON.stringify(seen.store);
  if (key === storeKey) return;
  storeKey = key;
  at("store").replaceChildren();
  for (const item of seen.store) {
    const row = make("tr", at("store"));
    for (const words of [item.key, item.value, item.index]) make("td", row, "", words);
  }
}

function draw() {
  if (!seats.length) build(seen.servers.length);
  seen.servers.forEach(drawServer);
  seen.servers.forEach(drawLog);
  for (const [name, line] of links) drawLink(line, ...name.split(" ").map(Number));
  drawStore();
  const names = [...chosen].sort().map((number) => "S" + number);
  say(at("chosen"), names.length ? names.join(", ") + ":" : "chosen: none");
}

function choose(number) {
  if (number > seen.servers.length) return;
  if (!chosen.delete(number)) chosen.add(number);
  draw();
}

// MARK: What is done

function tell(isGood, words) {
  at("said").className = isGood ? "good" : "bad";
  at("said").textContent = (isGood ? "✓ " : "✗ ") + words;
}

async function command(line) {
  at("said").className = "";
  at("said").textContent = "… " + line;
  try {
    const response = await fetch("/command", { method: "POST", body: JSON.stringify({ line }),
      headers: { "Content-Type": "application/json", "X-Workbook-Token": token } });
    const answer = await response.json();
    if (response.ok) tell(answer.ok, `${line}: ${answer.said.join("\n")}`);
    else tell(false, answer.error);
  } catch {
    tell(false, "The workbook does not answer. Look where you started the cluster.");
  }
}

function toChosen(word) {
  if (chosen.size) return command(`${word} ${[...chosen].sort().join(",")}`);
  return tell(false, "Choose servers first: click them, or press their numbers.");
}

const deeds = {
  l: () => command("kill leader"),
  k: () => toChosen("kill"),
  r: () => toChosen("restart"),
  p: () => toChosen("pause"),
  u: () => toChosen("resume"),
  c: () => toChosen("cut"),
  h: () => command("heal"),
  Escape: () => { chosen.clear(); draw(); },
  "/": () => at("key").focus(),
};

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("click", () => deeds[button.dataset.key]());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.tagName === "INPUT") {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (/^[1-9]$/.test(event.key)) choose(Number(event.key));
  else if (Object.hasOwn(deeds, event.key)) deeds[event.key]();
  else return;
  event.preventDefault();
});

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

// MARK: News

const events = new EventSource("/events");
events.onmessage = (event) => {
  const next = JSON.parse(event.data);
  if (!next.servers) return;
  seen = next;
  at("line").className = "";
  const leaders = seen.servers.filter((server) => server.view.state === "leader");
  say(at("line"), leaders.length
    ? leaders.map((leader) => `S${leader.view.server} leads term ${leader.view.term}`).join(", ") + "."
    : "Nobody leads.");
  draw();
};
events.onerror = () => {
  at("line").className = "lost";
  say(at("line"), events.readyState === EventSource.CLOSED
    ? "The workbook does not take this page: too many are open, or it has ended. Reload to try again."
    : "The workbook does not answer: it has ended, or is busy. This page tries again by itself.");
};
