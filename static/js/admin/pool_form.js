// Shows only the settings that the chosen kind of pool has.
"use strict";

const kind = document.querySelector("#pool-form select[name=kind]");

function show() {
  for (const part of document.querySelectorAll("[data-for-kind]")) {
    part.hidden = part.dataset.forKind !== kind.value;
  }
}

kind.addEventListener("change", show);
show();
