// Enhancement alone: the page does the same without this, by links, forms and a press of "Show".
"use strict";

const DAY = 86400000;
const WORDS = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const SETTLED_MILLISECONDS = 250;

const toIso = (first, offset) => new Date(Date.parse(first) + offset * DAY).toISOString().slice(0, 10);

function scrubber(form) {
  let waiting;
  const ask = (wait) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (window.htmx ? htmx.trigger(form, "scrub") : form.requestSubmit()), wait);
  };
  for (const ruler of form.querySelectorAll(".ruler")) {
    const range = ruler.querySelector("input");
    const field = form.elements[ruler.dataset.for];
    const first = ruler.dataset.first;
    const tell = () => range.setAttribute("aria-valuetext", WORDS.format(Date.parse(toIso(first, Number(range.value)))));
    ruler.hidden = false;
    tell();
    range.addEventListener("input", () => {
      field.type = "date";
      field.value = toIso(first, Number(range.value));
      if (field.name === "known_at") form.elements.known_version.value = "";
      tell();
      ask(SETTLED_MILLISECONDS);
    });
    field.addEventListener("change", () => {
      const day = Date.parse(field.value.slice(0, 10));
      if (!Number.isNaN(day)) range.value = Math.round((day - Date.parse(first)) / DAY);
      tell();
      ask(0);
    });
  }
  for (const name of ["layer", "reading", "known_version"]) form.elements[name].addEventListener("change", () => ask(0));
  // Another kind of knowledge has other days: the whole page is asked for.
  form.elements.known_by.addEventListener("change", () => form.submit());
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

// An event that a link leads to may lie in a closed part of the timeline.
function reveal() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  target.scrollIntoView({ block: "nearest" });
}
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => document.querySelectorAll("details.lane-more, details.over").forEach((each) => (each.open = true)));

// Remember, in this browser alone, up to which version the reader has seen a deal.
function sinceLastLooked(line) {
  const { deal, version, latest } = line.dataset;
  const key = `parley:seen:${deal}`;
  try {
    const seen = Number(localStorage.getItem(key));
    if (seen > 0 && seen < Number(version)) {
      line.querySelector("a").href += seen;
      line.hidden = false;
    }
    if (latest === "True") localStorage.setItem(key, version);
  } catch {
    // A browser without storage forgets what was seen; nothing else is lost.
  }
}

const since = document.querySelector(".since");
if (since) sinceLastLooked(since);
const form = document.querySelector("form.scrub");
if (form) scrubber(form);
reveal();
