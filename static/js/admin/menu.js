// The folded menu of narrow screens: Escape and a tap beside it close it. Without scripts it opens and closes by itself.
(() => {
  "use strict";
  const menu = document.querySelector(".side-fold");
  if (!menu) return;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
})();
