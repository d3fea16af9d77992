// The servers' logs, and what is in the store.

const rows = [];

function buildLogs(count) {
  at("logs").replaceChildren();
  rows.length = 0;
  for (let index = 0; index < count; index += 1) {
    const row = make("div", at("logs"), "log");
    make("strong", row, "", `S${index + 1}`);
    rows.push({ facts: make("span", row, "facts"), cells: make("div", row, "cells"), key: "" });
  }
}

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
