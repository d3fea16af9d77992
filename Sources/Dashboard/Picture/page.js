// What stands around the picture, and what keys and pointers do.

const chosenNumber = () => {
  const event = trace.events[view.index] || {};
  return ["submitted", "answered"].includes(event.kind) ? undefined : event.number;
};

function tell() {
  const event = trace.events[view.index];
  at("clock").textContent = seconds(view.now);
  at("slider").value = view.now;
  at("link").href = "#t=" + (view.now / 1e9).toFixed(6);
  if (!event) return;
  at("now").textContent = eventWords(trace, event);
  tellServers(event);
  tellAround();
}

function tellServers(event) {
  const box = at("servers");
  box.replaceChildren();
  for (const server of trace.servers) {
    const look = lookAt(server, view.index);
    const row = make("div", box, "server");
    if (event.server === server.number) {
      row.classList.add(["broken", "misuse", "failed"].includes(event.kind) ? "broken" : "changed");
    }
    make("strong", row, "", "S" + server.number);
    make("span", row, "role " + look.role, look.paused ? "stands still" : look.role);
    const facts = ["term " + look.term, look.votedFor ? "votedFor S" + look.votedFor : "votedFor nobody"];
    if (look.commit !== undefined) {
      facts.push("commitIndex " + look.commit, "lastApplied " + look.applied);
    }
    make("span", row, "facts", facts.join(" · "));
    tellLog(row, look);
  }
}

// The end of a log: solid as far as the server knows it to be committed, and a bar there.
function tellLog(row, look) {
  const { entries, count } = look.log;
  if (!count) return;
  const box = make("div", row, "log");
  const first = Math.max(0, count - Math.max(1, Math.floor((at("servers").clientWidth - 250) / 94)));
  if (first > 0) make("span", box, "", `… ${first} before`);
  for (let place = first; place < count; place += 1) {
    const entry = entries[place];
    const cell = make("span", box, "cell");
    cell.style.background = termColour(entry.term);
    make("small", cell, "", place + 1 + ": ");
    cell.append(`${entry.term} ${entry.command}`);
    cell.title = `index ${place + 1}, term ${entry.term}: ${entry.command}`;
    if (place + 1 <= look.commit) cell.classList.add("committed");
    if (place + 1 === look.commit) cell.classList.add("end");
  }
}

function makeFilters() {
  const box = at("filters");
  const add = (words, set, value) => {
    const label = make("label", box);
    const check = make("input", label);
    check.type = "checkbox";
    check.checked = set.has(value);
    label.append(" " + words);
    check.addEventListener("change", () => {
      if (check.checked) set.add(value);
      else set.delete(value);
      findSteps();
      refresh();
    });
  };
  for (const [kind, words] of KINDS) add(words, view.kinds, kind);
  for (const server of trace.servers) add("S" + server.number, view.servers, server.number);
}

function hover(event) {
  const x = event.offsetX, y = event.offsetY;
  let best = null, distance = 7;
  for (const arrow of shownArrows()) {
    const away = distanceTo(arrowLine(arrow), x, y);
    if (away < distance) [best, distance] = [arrow, away];
  }
  const tip = at("tip");
  tip.hidden = !best;
  if (best) {
    tip.textContent = wholeMessage(best);
    tip.style.left = Math.min(x + 14, Math.max(0, view.width - 390)) + "px";
    tip.style.top = y + 16 + "px";
  }
  if (best !== view.hovered) {
    view.hovered = best;
    refresh();
  }
}

function distanceTo([x1, y1, x2, y2], x, y) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
  const share = Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
  return Math.hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1));
}

function listenToPointer() {
  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { x: event.offsetX, start: view.start, hasMoved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!dragged) return hover(event);
    const by = event.offsetX - dragged.x;
    if (Math.abs(by) > 3) dragged.hasMoved = true;
    view.start = dragged.start - (by / (view.width - LEFT - RIGHT)) * view.span;
    keepInSight();
    refresh();
  });
  canvas.addEventListener("pointerup", (event) => {
    const wasClick = dragged && !dragged.hasMoved;
    dragged = null;
    if (!wasClick) return;
    if (view.hovered && view.hovered.index !== undefined) goTo(view.hovered.index);
    else goToTime(xTime(event.offsetX));
    noteMoment();
  });
  canvas.addEventListener("pointerleave", () => { at("tip").hidden = true; });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.start += ((event.deltaX || event.deltaY) / 800) * view.span;
      keepInSight();
      refresh();
    } else {
      zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, xTime(event.offsetX));
    }
  }, { passive: false });
}

const KEYS = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), " ": () => play(!view.playing),
  Home: () => goTo(0), End: () => goTo(trace.events.length - 1), v: () => goToBreach(),
  "+": () => zoom(1 / 1.5), "=": () => zoom(1 / 1.5), "-": () => zoom(1.5),
};

function listen() {
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT)$/.test(event.target.tagName) && event.target !== at("slider");
    const isButton = event.target.tagName === "BUTTON" && event.key === " ";
    if (isTyping || isButton || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    noteMoment();
  });
  const press = (id, action) => at(id).addEventListener("click", () => { action(); noteMoment(); });
  press("first", KEYS.Home);
  press("back", KEYS.ArrowLeft);
  press("play", KEYS[" "]);
  press("forward", KEYS.ArrowRight);
  press("last", KEYS.End);
  press("jump", goToBreach);
  press("in", KEYS["+"]);
  press("out", KEYS["-"]);
  at("slider").addEventListener("input", () => goToTime(Number(at("slider").value)));
  at("slider").addEventListener("change", noteMoment);
  window.addEventListener("hashchange", goToAddress);
  window.addEventListener("resize", measure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", measure);
  listenToPointer();
}

function begin() {
  const { header } = trace;
  const cast = header.seed === undefined ? header.scenario
    : `${header.servers} ${header.servers === 1 ? "server" : "servers"}, faults: ${header.scenario}, seed ${header.seed}`;
  at("title").textContent = `Chapter ${header.chapter}: ${cast}`;
  document.title = at("title").textContent;
  at("command").textContent = header.seat
    ? `S${header.seat} is yours, the others are the reference's.`
    : header.command || "";
  const verdict = trace.events[trace.failed] || trace.events[trace.bad];
  if (verdict) {
    at("finding").hidden = false;
    make("b", at("finding-text"), "", "✗ " + (verdict.word ? verdict.word + " " : ""));
    at("finding-text").append(verdict.sentence + " ");
  }
  at("legend").textContent = "Thin: a follower. Thick and dashed: a candidate. Thickest: the leader. "
    + "Dashed arrows are replies; a message that is lost ends in ✗; ◷ a timer elapses, ▾ a client's command, "
    + "▴ its answer, • an entry applied. A log's solid cells are committed, as far as its server knows.";
  at("slider").max = trace.end;
  view.span = Math.min(view.span * canvas.clientWidth / 1200, Math.max(20 * MILLISECOND, trace.end * 1.05));
  makeFilters();
  findSteps();
  listen();
  measure();
  const opening = trace.bad >= 0 ? trace.bad : trace.events.findIndex((event) => event.time > 0);
  if (!goToAddress()) goTo(Math.max(0, opening));
}

begin();
