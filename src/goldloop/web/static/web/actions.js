// Keys of the list of actions: J and K move between rows, and the keys that a row's answers name press them.
"use strict";

const rows = [...document.querySelectorAll("tr[data-row]")];
const told = document.querySelector(".keys-told");
if (told && document.documentElement.dataset.keys === "off") told.hidden = true;

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
  const key = event.key.toLowerCase();
  const at = rows.indexOf(document.activeElement.closest("tr[data-row]"));
  if (key === "j" || key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, key === "j" ? at + 1 : at - 1))];
    next?.querySelector("a").focus();
  } else if (at >= 0) {
    const answer = rows[at].querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!answer) return;
    answer.click();
    answer.closest("details")?.querySelector("select, input:not([type=hidden])")?.focus();
  } else {
    return;
  }
  event.preventDefault();
});
