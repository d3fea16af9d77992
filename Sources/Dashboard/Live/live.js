// Servers that are watched: how they are drawn, chosen and handled, wherever the news comes from.

const token = document.querySelector("meta[name=workbook-token]").content;
const chosen = new Set();

function draw() {
  if (!seen.servers.length) return;
  if (seats.length !== seen.servers.length) {
    buildRing(seen.servers.length, choose);
    buildLogs(seen.servers.length);
  }
  seen.servers.forEach((server, index) => drawServer(server, index, chosen.has(index + 1)));
  seen.servers.forEach(drawLog);
  drawLinks();
  drawStore();
  // Servers of chapter 3 have no logs. Those that are down do not say.
  if (seen.servers.some((server) => (server.view.commit ?? null) !== null)) at("contents").hidden = false;
  const names = [...chosen].sort().map((number) => "S" + number);
  if (at("chosen")) say(at("chosen"), names.length ? names.join(", ") + ":" : "chosen: none");
}

function choose(number) {
  if (number > seen.servers.length) return;
  if (!chosen.delete(number)) chosen.add(number);
  draw();
}

function tellWhoLeads() {
  at("line").className = "";
  const leaders = seen.servers.filter((server) => server.view.state === "leader");
  say(at("line"), leaders.length
    ? leaders.map((leader) => `S${leader.view.server} leads term ${leader.view.term}`).join(", ") + "."
    : "Nobody leads.");
}

// MARK: What is done

function tell(isGood, words) {
  at("said").className = isGood ? "good" : "bad";
  at("said").textContent = (isGood ? "✓ " : "✗ ") + words;
}

// `words` are for the person who did it.
async function command(line, words = line) {
  at("said").className = "";
  at("said").textContent = "… " + words;
  try {
    const response = await fetch("/command", { method: "POST", body: JSON.stringify({ line }),
      headers: { "Content-Type": "application/json", "X-Workbook-Token": token } });
    const answer = await response.json();
    if (response.ok) tell(answer.ok, `${words}: ${answer.said.join("\n")}`);
    else tell(false, answer.error);
  } catch {
    tell(false, "The workbook does not answer. Look where you started it.");
  }
}

// `carryOut` is told what is to happen to the servers that are chosen.
function toChosen(word, rest = "", carryOut = command) {
  if (chosen.size) return carryOut(`${word} ${[...chosen].sort().join(",")}${rest}`);
  return tell(false, "Choose servers first: click them, or press their numbers.");
}

// What keys and buttons do, by the name of the key.
const deeds = {
  Escape: () => { chosen.clear(); draw(); },
};

function listen() {
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => deeds[button.dataset.key]());
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input:not([type=range]), select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    if (/^[1-9]$/.test(event.key)) choose(Number(event.key));
    else if (Object.hasOwn(deeds, event.key)) deeds[event.key]();
    else return;
    event.preventDefault();
  });
}
