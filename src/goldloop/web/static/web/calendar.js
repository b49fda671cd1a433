// The calendar: arrows walk from day to day, and a phase that has a first day begins to end on it.
"use strict";

document.addEventListener("keydown", (event) => {
  const here = event.target.closest("a.number");
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  if (!here || !(event.key in steps)) return;
  const days = [...document.querySelectorAll("a.number")];
  const next = days[days.indexOf(here) + steps[event.key]];
  if (next) { event.preventDefault(); next.focus(); }
});

document.addEventListener("change", (event) => {
  if (event.target.name !== "phase_from") return;
  const last = event.target.closest(".phase").querySelector("[name=phase_to]");
  if (!last.value) last.value = event.target.value;
});
