// What the pages about imports need beside htmx: dragging files, forms that show what is needed, keys in lists of rows.
"use strict";

// --- parts of a form that belong to one choice: a new store, a store abroad
function showParts(form) {
  for (const choice of form.querySelectorAll("select[data-shows]")) {
    const part = form.querySelector(`#${choice.dataset.shows}`);
    if (!part) continue;
    part.hidden = choice.value !== part.dataset.value;
    for (const field of part.querySelectorAll("input, select")) field.disabled = part.hidden;
    const name = part.querySelector("[name=store_name]");
    if (name) name.required = !part.hidden;
  }
  for (const choice of form.querySelectorAll("select[data-simple]")) {
    const simple = choice.dataset.simple.split(" ").includes(choice.value);
    for (const part of form.querySelectorAll(".abroad")) {
      part.hidden = simple;
      for (const field of part.querySelectorAll("input")) field.required = !simple && !choice.disabled;
    }
  }
}
for (const form of document.querySelectorAll("form")) showParts(form);
document.addEventListener("change", (event) => {
  if (event.target.form) showParts(event.target.form);
  if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
});
for (const choice of document.querySelectorAll("[data-sends]")) {
  const button = choice.form.querySelector("button");
  if (button) button.hidden = true; // choosing sends
}

// --- files: dragged onto the form, refused before they are sent where they are too large, progress while they are
for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const problem = form.querySelector("[data-problem]");
  const said = form.querySelector("[data-progress]");
  const limit = Number(form.dataset.limit);
  const check = () => {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    problem.hidden = size <= limit;
    problem.textContent = size <= limit ? "" : form.dataset.tooLarge;
    return size <= limit;
  };
  input.addEventListener("change", check);
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove("over"); });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; check(); }
  });
  form.addEventListener("submit", (event) => {
    if (!check()) { event.preventDefault(); return; }
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) said.textContent = `${Math.floor((100 * sent.loaded) / sent.total)} %`;
    });
    request.addEventListener("load", () => {
      if (request.status < 400) { location.assign(request.responseURL); return; }
      const alert = request.response && request.response.querySelector("[role=alert]");
      problem.textContent = alert ? alert.textContent.trim() : String(request.status);
      problem.hidden = false;
      said.textContent = "";
    });
    request.addEventListener("error", () => { said.textContent = ""; problem.textContent = document.body.dataset.lost; problem.hidden = false; });
    request.send(new FormData(form));
  });
}

// --- lists of rows: J and K move, Enter goes to the field, Escape back to the list
const rows = document.querySelector("[data-rows]");
document.addEventListener("keydown", (event) => {
  if (!rows || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = event.target.closest("[data-row]");
  if (event.key === "Escape" && here && event.target !== here) { here.focus(); return; }
  if (event.target.matches("input, select, textarea")) return;
  const all = [...rows.children];
  const place = here ? all.indexOf(here) : -1;
  if (event.key === "j" || event.key === "J") all[Math.min(place + 1, all.length - 1)]?.focus();
  else if (event.key === "k" || event.key === "K") all[Math.max(place - 1, 0)]?.focus();
  else if (event.key === "Enter" && here && event.target === here) (here.querySelector("input:not([type=hidden])") ?? here.querySelector("a"))?.focus();
  else return;
  event.preventDefault();
});
