// Plans: a slider and its field say the same, keys move it by 1 % (with Shift 5 %), Ctrl+Enter presses the first open answer.
"use strict";

document.addEventListener("input", (event) => {
  const moved = event.target.closest(".slider input");
  if (!moved) return;
  const box = moved.closest(".slider");
  const range = box.querySelector("input[type=range]");
  const field = document.getElementById(range.dataset.to);
  if (moved === range) field.value = written(range);
  else if (!Number.isNaN(parseFloat(field.value)) && !/^[+-]/.test(field.value.trim())) range.value = parseFloat(field.value.replaceAll(",", ""));
  mark(box, range);
});

function written(range) {
  const step = Number(range.dataset.step);
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return (Math.round(range.value / step) * step).toFixed(digits) + ("percent" in range.dataset ? "%" : "");
}

// Outside of where the store usually was: said in words beside it.
function mark(box, range) {
  if (!box.dataset.wide) return;
  const at = ((range.value - range.min) / (range.max - range.min)) * 100;
  const least = Number(box.dataset.least);
  box.classList.toggle("beyond", at < least - 0.01 || at > least + Number(box.dataset.wide) + 0.01);
}

document.addEventListener("keydown", (event) => {
  const range = event.target.closest(".slider input[type=range]");
  const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (range && way) {
    event.preventDefault();
    range.value = Number(range.value) + way * Number(range.dataset.step) * (event.shiftKey ? 5 : 1);
    range.dispatchEvent(new Event("input", { bubbles: true }));
    range.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.target.closest("textarea, dialog")) {
    const button = document.querySelector("[data-sign]");
    if (button) {
      event.preventDefault();
      button.click();
    }
  }
});

document.addEventListener("reset", (event) => {
  if (event.target.id !== "moving") return;
  for (const field of event.target.querySelectorAll("input:not([type=range])")) field.setAttribute("value", "");
  setTimeout(() => {
    for (const box of event.target.querySelectorAll(".slider")) mark(box, box.querySelector("input[type=range]"));
    event.target.requestSubmit();
  });
});

// A link to the form for another version opens it.
function unfold() {
  const goal = location.hash && document.querySelector(location.hash);
  if (goal instanceof HTMLDetailsElement) goal.open = true;
}
addEventListener("hashchange", unfold);
document.addEventListener("DOMContentLoaded", unfold);
