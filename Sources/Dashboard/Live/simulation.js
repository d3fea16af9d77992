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
  "+": () => setSpeed(1), "=": () => setSpeed(1), "-": () => setSpeed(-1),
});
listen();
say(at("legend"), "◆V is a RequestVote, ■A an AppendEntries, ●♥ a heartbeat. Hollow ones are replies: "
  + "✓ says yes, – says no. One that is lost ends in ✗.");

at("slider").addEventListener("input", () => goToTime(Number(at("slider").value)));
at("slider").addEventListener("change", noteMoment);
window.addEventListener("hashchange", goToAddress);
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  command(`seed ${at("seed").value.trim()}`);
});

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
  const { run, isTrouble, said } = JSON.parse(event.data);
  if (said) tell(!isTrouble, said);
  if (!run) say(at("line"), "There is no run yet.");
  else if (run !== shownRun) take(run);
};
news.onerror = () => {
  at("line").className = "lost";
  say(at("line"), "The workbook does not answer: it has ended. What is here can still be looked at.");
};
