// The little that pages need beside htmx: theme, copying, keys, charts. No inline script anywhere (content security policy).
"use strict";

const root = document.documentElement;

// --- copy as message
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  toast(button.dataset.done);
});

function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.role = "status";
  box.textContent = text;
  document.body.append(box);
  setTimeout(() => box.remove(), 2500);
}

// --- a part of the page that did not come says so in its place; whose log-in has ended goes there
function failed(ctx, text) {
  const target = ctx.target?.isConnected ? ctx.target : document.querySelector("main");
  target.querySelectorAll(":scope > .failed, :scope > .skeleton").forEach((one) => one.remove());
  const note = document.createElement("p");
  note.className = "note bad failed";
  note.role = "alert";
  note.textContent = `${text} `;
  if (!ctx.sourceElement.closest("form") && !ctx.sourceElement.hasAttribute("hx-include")) {
    const again = document.createElement("a");
    again.href = location.href;
    again.textContent = document.body.dataset.again;
    note.append(again);
  }
  target.prepend(note);
}
document.addEventListener("htmx:before:response", (event) => {
  const answer = event.detail.ctx.response.raw;
  if (!answer.redirected || new URL(answer.url).pathname !== "/log-in") return;
  event.preventDefault();
  location.reload();
});
document.addEventListener("htmx:response:error", (event) => {
  const page = new DOMParser().parseFromString(event.detail.ctx.text, "text/html");
  failed(event.detail.ctx, page.querySelector("[role=alert]")?.textContent.trim() || document.body.dataset.failed);
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) failed(event.detail.ctx, document.body.dataset.lost);
});

// --- a file that changes what its page shows: save it, then show the page as it is now (what was refused is said there)
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-file]");
  if (!form) return;
  event.preventDefault();
  const said = new FormData(form, event.submitter);
  const main = document.querySelector("main");
  main.inert = true; // nothing is pressed on a page that is about to be shown anew
  try {
    const answer = await fetch(form.action, { method: "POST", body: said, redirect: "manual" });
    if (answer.ok) await save(answer);
    setTimeout(() => location.reload(), 400); // the browser has taken the file over by then
  } catch {
    toast(document.body.dataset.lost);
    main.inert = false;
  }
});

async function save(answer) {
  const name = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name ? name[1] : "";
  link.click();
}

// --- print, menus that close, dialogs
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const opener = event.target.closest("[data-dialog]");
  if (opener) show(document.querySelector(opener.dataset.dialog));
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// --- lists that can be narrowed by typing
document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-filter]");
  if (!box) return;
  const wanted = box.value.trim().toLowerCase();
  for (const one of document.querySelectorAll(box.dataset.filter)) one.hidden = !one.textContent.toLowerCase().includes(wanted);
});

// --- keys: two-key "go to" and single keys, off in inputs, and off altogether where a person said so
let pressed = "";
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    show(document.querySelector("#palette"));
    return;
  }
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
  const key = event.key.toLowerCase();
  const goal = document.querySelector(`tr[data-keys="${CSS.escape(`${pressed} ${key}`)}"]`);
  pressed = "";
  if (goal) {
    location.href = goal.dataset.go;
  } else if (key === "g") {
    pressed = "g";
    setTimeout(() => (pressed = ""), 1200);
  } else if (key === "?") {
    show(document.querySelector("#help"));
  } else if (key === "c") {
    document.querySelector("[data-copy]")?.click();
  } else if (key === "[" || key === "]" || key === "e") {
    document.querySelector(`[data-key="${key}"]`)?.click();
  } else if (event.key.startsWith("Arrow") && walk(event.key)) {
    event.preventDefault();
  }
});

function show(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

// --- the palette: arrows move through what typing left, Enter goes to the first
document.addEventListener("keydown", (event) => {
  if (!event.target.closest("#palette")) return;
  const found = [...document.querySelectorAll("#palette li:not([hidden]) a")];
  const at = found.indexOf(document.activeElement);
  if (event.key === "ArrowDown") found[Math.min(at + 1, found.length - 1)]?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? found[at - 1] : document.querySelector("#palette input")).focus();
  else if (event.key === "Enter" && at < 0) found[0]?.click();
  else return;
  event.preventDefault();
});

// --- walking the tree: up to the parent, down to the first part, left and right among parts
function walk(key) {
  const first = document.querySelector(".tree .node");
  if (!first) return false;
  const node = document.activeElement.closest(".tree .node");
  if (!node) {
    if (document.activeElement !== document.body) return false;
    first.focus();
    return true;
  }
  const item = node.parentElement;
  const next = {
    ArrowUp: item.parentElement.closest(".tree li")?.querySelector(":scope > .node"),
    ArrowDown: item.querySelector(":scope > ul > li > .node"),
    ArrowLeft: item.previousElementSibling?.querySelector(":scope > .node"),
    ArrowRight: item.nextElementSibling?.querySelector(":scope > .node"),
  }[key];
  next?.focus();
  return true;
}
