// A small single-page application: it changes address and content without loading the page again.
"use strict";

const tabs = [...document.querySelectorAll("[data-room]")];
const room = document.getElementById("room");

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function show(tab) {
  for (const each of tabs) {
    each.toggleAttribute("aria-current", each === tab);
  }
  document.title = `${tab.dataset.name} · Northlight`;
  const line = element("p", "Talk to the joiner of this room: ");
  const link = element("a", "020 7946 0100");
  link.href = "tel:+442079460100";
  line.append(link);
  room.replaceChildren(element("h2", tab.dataset.name), element("p", tab.dataset.text), line);
}

for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    history.pushState(null, "", tab.href);
    show(tab);
  });
}

addEventListener("popstate", () => show(tabs.find((tab) => tab.href === location.href) ?? tabs[0]));
