// Walks through a trace. The page keeps in `view` where it is: the moment `now`, the last event up
// to it, by its `index`, and the `steps`, which are the events to stop at. It draws when `moved`.

function goTo(index, { keepsTime = false } = {}) {
  if (!trace.events.length) return;
  view.index = Math.max(0, Math.min(index, trace.events.length - 1));
  if (!keepsTime) view.now = trace.events[view.index].time;
  moved();
}

function goToTime(time) {
  view.now = Math.max(0, Math.min(time, trace.end));
  const place = lastWhere(view.steps, (index) => trace.events[index].time <= view.now);
  goTo(view.steps[Math.max(0, place)] || 0, { keepsTime: true });
}

function step(by) {
  const place = lastWhere(view.steps, (index) => index <= view.index);
  const isOn = view.steps[place] === view.index;
  const next = by > 0 ? place + by : place + by + (isOn ? 0 : 1);
  goTo(view.steps[Math.max(0, Math.min(next, view.steps.length - 1))] || 0);
}

let playedAt = 0;
function play(isOn) {
  view.playing = isOn;
  at("play").firstChild.data = isOn ? "pause " : "play ";
  playedAt = performance.now();
  if (isOn) requestAnimationFrame(playOn);
}

function playOn(moment) {
  if (!view.playing) return;
  const passed = Math.max(0, moment - playedAt) * MILLISECOND * Number(at("speed").value);
  playedAt = moment;
  goToTime(view.now + passed);
  if (view.now >= trace.end) play(false);
  else requestAnimationFrame(playOn);
}

function goToBreach() { if (trace.bad >= 0) goTo(trace.bad); }

// The address names the moment, so that it can be handed on.
function noteMoment() {
  history.replaceState(null, "", `#t=${(view.now / 1e9).toFixed(6)}&e=${view.index}`);
}

// Goes to the moment that the address names; says whether it names one.
function goToAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  if (words.has("e")) goTo(Number(words.get("e")) || 0);
  else if (words.has("t")) goToTime((Number(words.get("t")) || 0) * 1e9);
  return words.has("e") || words.has("t");
}

// The steps before and after this one.
function tellAround() {
  const box = at("around");
  box.replaceChildren();
  const here = lastWhere(view.steps, (index) => index <= view.index);
  const first = Math.max(0, Math.min(here - 5, view.steps.length - 12));
  for (const index of view.steps.slice(first, first + 12)) {
    const event = trace.events[index];
    const button = make("button", make("li", box));
    button.type = "button";
    make("span", button, "", seconds(event.time));
    button.append(eventWords(trace, event));
    if (index === view.index) {
      button.className = "here";
      button.setAttribute("aria-current", "step");
    }
    if (["broken", "misuse", "failed"].includes(event.kind)) button.classList.add("bad");
    button.addEventListener("click", () => goTo(index));
  }
}
