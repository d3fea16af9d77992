"use strict";
// Elements of a page, by their ids, and made in its parts.

const at = (id) => document.getElementById(id);

// What is drawn is made once and changed in place: what has the focus, or is being clicked, stays.
function make(tag, parent, className, words) {
  const element = document.createElementNS(parent.namespaceURI, tag);
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
