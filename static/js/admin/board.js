// Keeps the live board of a pool fresh while somebody looks at it.
"use strict";

const EVERY_MS = 5000;
const board = document.querySelector("[data-board]");

async function refresh() {
  if (document.hidden || board.contains(document.activeElement)) {
    return;
  }
  const answer = await fetch(board.dataset.board, { headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) {
    const scrolled = board.querySelector(".scroll")?.scrollLeft ?? 0;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    board.replaceChildren(...page.body.childNodes);
    board.querySelector(".scroll")?.scrollTo(scrolled, 0);
  }
}

if (board) {
  setInterval(() => refresh().catch(() => {}), EVERY_MS);
}
