// A simulated cluster: its run as a trace, at a moment that goes on, stands still, or goes back.

let trace = { events: [], servers: [], end: 0, bad: -1 };
const view = { now: 0, index: 0, steps: [], playing: false };
let shownRun = 0, isDrawingDue = false, toldIndex = -1;

function moved() {
  if (isDrawingDue) return;
  isDrawingDue = true;
  requestAnimationFrame(() => {
    isDrawingDue = false;
    show();
  });
}

// What comes with the event, at the same time and unseen, has happened too.
function indexShown() {
  let { index } = view;
  const { events } = trace;
  while (index + 1 < events.length && events[index + 1].time <= view.now && !isStep(events[index + 1])) {
    index += 1;
  }
  return index;
}

function show() {
  if (!trace.events.length) return;
  const index = indexShown();
  seen = { servers: serversAt(trace, index, view.now), store: storeAt(trace, index) };
  draw();
  drawMessages(messagesAt(trace, index, view.now));
  tellWhoLeads();
  at("clock").textContent = seconds(view.now);
  at("slider").value = view.now;
  if (view.index === toldIndex) return;
  toldIndex = view.index;
  at("now").textContent = eventWords(trace, trace.events[view.index]);
  tellAround();
}

function setSpeed(by) {
  const { options, selectedIndex } = at("speed");
  at("speed").selectedIndex = Math.max(0, Math.min(selectedIndex + by, options.length - 1));
}

const then = (deed) => () => { deed(); noteMoment(); };
Object.assign(deeds, {
  " ": then(() => play(!view.playing)),
  ArrowLeft: then(() => { play(false); step(-1); }),
  ArrowRight: then(() => { play(false); step(1); }),
  Home: then(() => goTo(0)),
  End: then(() => goTo(trace.events.length - 1)),
  v: then(goToBreach),
  l: () => killLeader(),
  k: () => toChosen("kill", "", doNow),
  r: () => toChosen("restart", "", doNow),
  p: () => toChosen("pause", "", doNow),
  u: () => toChosen("resume", "", doNow),
  c: () => toChosen("cut", "", doNow),
  s: () => toChosen("slow", " 200", doNow),
  e: () => elect(),
  h: () => doNow("heal"),
  z: () => undo(),
  "/": () => at("key").focus(),
  "+": () => setSpeed(1), "=": () => setSpeed(1), "-": () => setSpeed(-1),
});
listen();
say(at("legend"), "◆V is a RequestVote, ■A an AppendEntries, ●♥ a heartbeat. Hollow ones are replies: "
  + "✓ says yes, – says no. One that is lost ends in ✗.");

at("slider").addEventListener("input", () => goToTime(Number(at("slider").value)));
at("slider").addEventListener("change", noteMoment);
window.addEventListener("hashchange", goToAddress);
at("seeds").addEventListener("submit", (event) => {
  event.preventDefault();
  command(`seed ${at("seed").value.trim()}`);
});

// MARK: Another way from here

let byHand = [];

// What is done comes after all that happens at this moment, and instead of what was done later.
function doNow(deed) {
  play(false);
  const moment = Math.floor(view.now) + 1;
  const time = `${Math.floor(moment / MILLISECOND)}.${String(moment % MILLISECOND).padStart(6, "0")}`;
  const earlier = byHand.filter((done) => parseFloat(done) * MILLISECOND < moment);
  view.now = moment;
  return command(`hand ${[...earlier, `${time} ${deed}`].join("; ")}`, `${deed} at ${seconds(moment)}`);
}

function undo() {
  if (!byHand.length) return tell(false, "Nothing was done by hand.");
  return command(`hand ${byHand.slice(0, -1).join("; ")}`.trim(), "undo");
}

const leading = () => seen.servers.filter((server) => server.view.state === "leader")
  .sort((one, other) => other.view.term - one.view.term)[0];

function killLeader() {
  const leader = leading();
  return leader ? doNow(`kill ${leader.view.server}`) : tell(false, "Nobody leads at this moment.");
}

function elect() {
  const idle = seen.servers.filter(({ view, timer }) => chosen.has(view.server) && !timer);
  return idle.length ? tell(false, `No election timer runs on S${idle[0].view.server} at this moment.`)
    : toChosen("elect", "", doNow);
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [key, value] = [at("key").value.trim(), at("value").value.trim()];
  if (!key || !value) return tell(false, "`put` needs a key and a value.");
  if (/\s/.test(key) || /[;']/.test(key + value)) {
    return tell(false, "A key that is typed here has no blanks in it; and neither has ; or '.");
  }
  return leading() ? doNow(`put ${key} ${value}`)
    : tell(false, "Nobody leads at this moment, so no client is heard.");
});

function tellByHand() {
  at("by-hand").hidden = !byHand.length;
  say(at("by-hand"), "By hand, in milliseconds: " + byHand.join("; "));
}

// MARK: Runs

function tellRun() {
  const { header } = trace;
  at("title").textContent = `Chapter ${header.chapter}, simulated: faults ${header.scenario}, seed ${header.seed}`;
  document.title = at("title").textContent;
  if (document.activeElement !== at("seed")) at("seed").value = header.seed;
  at("slider").max = trace.end;
  const verdict = trace.events[trace.failed] || trace.events[trace.bad];
  at("finding").hidden = !verdict;
  at("finding-text").replaceChildren();
  if (!verdict) return;
  make("b", at("finding-text"), "", "✗ " + (verdict.word ? verdict.word + " " : ""));
  at("finding-text").append(verdict.sentence + " ");
}

async function take(run) {
  const response = await fetch("/trace");
  if (!response.ok) return;
  trace = readRun(await response.text());
  view.steps = [];
  trace.events.forEach((event, index) => { if (isStep(event)) view.steps.push(index); });
  const isFirst = !shownRun;
  shownRun = run;
  toldIndex = -1;
  tellRun();
  // Another run is looked at where the last one was: so one sees what became different.
  if (!isFirst) goToTime(view.now);
  else if (!goToAddress()) goTo(0);
}

const news = new EventSource("/events");
news.onmessage = (event) => {
  const { run, isTrouble, said, byHand: done } = JSON.parse(event.data);
  if (said) tell(!isTrouble, said);
  byHand = done ? done.split("; ") : [];
  tellByHand();
  if (!run) say(at("line"), "There is no run yet.");
  else if (run !== shownRun) take(run);
};
news.onerror = () => {
  at("line").className = "lost";
  say(at("line"), "The workbook does not answer: it has ended. What is here can still be looked at.");
};
