// Enhancement alone: the page does the same without this, by links, forms and a press of "Show".
"use strict";

document.documentElement.classList.add("scripted"); // "Show" is pressed by a change of any choice

const DAY = 86400000;
const WORDS = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const LOOKED = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const SETTLED_MILLISECONDS = 250;

const toIso = (first, offset) => new Date(Date.parse(first) + offset * DAY).toISOString().slice(0, 10);

function scrubber(form) {
  let waiting;
  const ask = (wait) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (window.htmx ? htmx.trigger(form, "scrub") : form.requestSubmit()), wait);
  };
  const exact = () => {
    const choice = form.elements.knowledge;
    if (![...choice.options].some((each) => each.value === "exact")) choice.add(new Option("as set below", "exact"));
    choice.value = "exact";
  };
  for (const ruler of document.querySelectorAll(".ruler")) {
    const range = ruler.querySelector("input");
    const field = form.elements[ruler.dataset.for];
    const first = ruler.dataset.first;
    const tell = () => range.setAttribute("aria-valuetext", WORDS.format(Date.parse(toIso(first, Number(range.value)))));
    ruler.hidden = false;
    tell();
    range.addEventListener("input", () => {
      field.type = "date";
      field.value = toIso(first, Number(range.value));
      if (field.name === "known_at") {
        form.elements.known_version.value = "";
        exact();
      }
      tell();
      ask(SETTLED_MILLISECONDS);
    });
    field.addEventListener("change", () => {
      const day = Math.round((Date.parse(field.value.slice(0, 10)) - Date.parse(first)) / DAY);
      if (field.name === "known_at") exact();
      // A day beyond the scale needs another one: the whole page is asked for.
      if (field.name === "valid_at" && !(day >= 0 && day <= Number(range.max))) return form.submit();
      if (!Number.isNaN(day)) range.value = day;
      tell();
      ask(0);
    });
  }
  for (const name of ["layer", "reading", "knowledge"]) form.elements[name].addEventListener("change", () => ask(0));
  form.elements.known_version.addEventListener("change", () => (exact(), ask(0)));
  // Another kind of knowledge has other days: the whole page is asked for.
  form.elements.known_by.addEventListener("change", () => (exact(), form.submit()));
}

// A refusal is shown in place of the state, with the server's sentence.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.shouldSwap = true;
    event.detail.selectOverride = ".refused";
    event.detail.swapOverride = "innerHTML";
  }
});

// A screen reader announces which moment is shown now.
document.addEventListener("htmx:afterSwap", () => {
  const said = document.querySelector(".basis p, .refused h1");
  if (said) document.querySelector(".scrub [role=status]").textContent = said.textContent;
});

// One explanation open at a time; Escape closes it and gives the focus back.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.why[open]")) return;
  for (const other of document.querySelectorAll("details.why[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.why[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// Left and right, or k and j, go to the step or event before and after.
const STEPS = { ArrowLeft: "prev", k: "prev", ArrowRight: "next", j: "next" };
document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target.closest("input, select, textarea, .scroll");
  const link = !busy && STEPS[event.key] && document.querySelector(`main [rel=${STEPS[event.key]}]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
});
document.addEventListener("htmx:afterSettle", (event) => event.target.id === "replay" && document.getElementById("step").focus());

// An event that a link leads to may lie in a closed part of the timeline.
function reveal() {
  const name = decodeURIComponent(location.hash.slice(1));
  const target = name && document.getElementById(name);
  if (!target) {
    // An event that the timeline shows no more, filtered or further back, has a page of its own.
    if (name.startsWith("e-") && form) location.assign(`${form.action.split("?")[0]}/events/${encodeURIComponent(name.slice(2))}`);
    return;
  }
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  target.scrollIntoView({ block: "nearest" });
}
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => document.querySelectorAll("details.lane-more, details.over, details.part").forEach((each) => (each.open = true)));

// Remember, in this browser alone, up to which version the reader has seen a deal, and show what is new since.
function sinceLastLooked(part) {
  const { deal, version, latest, from } = part.dataset;
  const key = `parley:seen:${deal}`;
  try {
    // Within one visit the comparison stays with the version that the visit began with.
    const seen = Number(sessionStorage.getItem(key) ?? localStorage.getItem(key));
    if (latest === "True") localStorage.setItem(key, version);
    sessionStorage.setItem(key, seen || version);
    if (!(seen > 0 && seen < Number(version)) || !window.htmx) return;
    const list = part.querySelector("div");
    htmx.ajax("GET", from + seen, { target: list, select: "ul.digest", swap: "innerHTML" }).then(() => {
      const count = list.querySelectorAll("ul.digest > li").length;
      part.querySelector("strong").textContent = count;
      part.hidden = count === 0;
    });
  } catch {
    // A browser without storage forgets what was seen; nothing else is lost.
  }
}
const showSince = () => {
  const part = document.querySelector("details.since");
  if (part) sinceLastLooked(part);
};
document.addEventListener("htmx:afterSwap", (event) => event.target.id === "moment" && showSince());

// Remember, in this browser alone, up to which position the reader has seen what changed across deals.
function lastLook(link) {
  const key = "parley:looked";
  const page = document.querySelector(".looked");
  try {
    // Within one visit the last look stays the one before it.
    const before = sessionStorage.getItem(key) ?? localStorage.getItem(key);
    if (page) {
      const now = JSON.stringify({ position: Number(page.dataset.position), at: new Date().toISOString() });
      localStorage.setItem(key, now);
      sessionStorage.setItem(key, before ?? now);
    }
    if (!before) return;
    const { position, at } = JSON.parse(before);
    const address = new URL(link.href);
    address.searchParams.set("since_position", position);
    link.href = address;
    link.title = LOOKED.format(new Date(at));
    link.hidden = false;
  } catch {
    // A browser without storage forgets when the reader looked; nothing else is lost.
  }
}

const look = document.querySelector(".last-look");
if (look) lastLook(look);
const form = document.querySelector("form.scrub");
if (form) scrubber(form);
showSince();
reveal();
