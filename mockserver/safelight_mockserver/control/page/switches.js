// Faults and the clock: what is turned while clients run.

import { call } from "./api.js";
import { announce, byId, make } from "./elements.js";

/** The switches: what clients meet most, each with the order that it stands for. */
const COMMON = ["rate-limit; retry-after=2", "server-error", "unavailable", "quota", "moderation", "latency; seconds=3", "reset",
  "truncate", "malformed-json", "html", "stream-cut", "stream-error", "stream-no-final", "image-truncated", "url-expired",
  "extra-fields"];

let kinds = [];
let clock = null;
let drift = 0;

const idOf = (order) => `switch-${order.split(";")[0]}`;

async function drawFaults() {
  const { faults } = await call("GET", "/faults");
  const standing = new Set(faults.map((one) => one.id));
  byId("fault-count").hidden = !faults.length;
  byId("fault-count").textContent = String(faults.length);
  for (const button of byId("switches").children) {
    button.setAttribute("aria-checked", String(standing.has(button.dataset.id)));
  }
  byId("standing").replaceChildren(...faults.map((one) => make("li", {},
    make("span", {}, make("code", {}, one.fault), ` ${lasting(one)}`),
    make("button", {
      class: "small", "aria-label": `Take back ${one.fault}`, onclick: async () => {
        await call("DELETE", `/faults/${encodeURIComponent(one.id)}`);
        await drawFaults();
      },
    }, "Take back"))));
  if (!faults.length) byId("standing").replaceChildren(make("li", { class: "muted" }, "None."));
}

function lasting(fault) {
  const parts = [fault.standing ? "until taken back" : `${fault.times} round${fault.times === 1 ? "" : "s"}`];
  if (fault.probability < 1) parts.push(`with probability ${fault.probability}`);
  for (const [name, value] of Object.entries(fault.when)) {
    parts.push(`for ${name} ${name === "key" ? "(hidden)" : typeof value === "string" ? value : JSON.stringify(value)}`);
  }
  return parts.join(", ");
}

function drawSwitches() {
  const known = COMMON.filter((order) => kinds.some((one) => one.name === order.split(";")[0]));
  byId("switches").replaceChildren(...known.map((order) => {
    const kind = kinds.find((one) => one.name === order.split(";")[0]);
    const button = make("button", { role: "switch", class: "switch", "aria-checked": "false", "data-id": idOf(order) },
      make("span", { class: "knob", "aria-hidden": "true" }),
      make("span", {}, make("code", {}, order), make("small", {}, kind.doc)));
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-checked") === "true") await call("DELETE", `/faults/${idOf(order)}`);
      else await call("POST", "/faults", { id: idOf(order), fault: order, standing: true });
      await drawFaults();
    });
    return button;
  }));
}

async function order(event) {
  event.preventDefault();
  const asked = { fault: byId("order-text").value };
  if (byId("order-times").value) asked.times = Number(byId("order-times").value);
  if (byId("order-probability").value) asked.probability = Number(byId("order-probability").value);
  const when = { model: byId("order-model").value, test: byId("order-test").value };
  const named = Object.entries(when).filter(([, value]) => value);
  if (named.length) asked.when = Object.fromEntries(named);
  try {
    await call("POST", "/faults", asked);
    byId("order-problem").textContent = "";
    byId("order-text").value = "";
    announce("The fault is ordered.");
  } catch (error) {
    byId("order-problem").textContent = error.message;
  }
  await drawFaults();
}

/** Say what the kind that is being typed does, and what it can be told. */
function describe() {
  const word = byId("order-text").value.split(",").pop().split(";")[0].trim();
  const kind = kinds.find((one) => one.name === word);
  const told = kind?.parameters.map((one) => `${one.name} (${one.doc.replace(/\.$/, "")})`).join("; ");
  byId("order-doc").textContent = kind
    ? `${kind.doc}${told ? ` It can be told: ${told}.` : ""}`
    : `Steps with commas between: ${kinds.map((one) => one.name).join(", ")}.`;
}

// --- the clock ---------------------------------------------------------------------------------------------------------

function takeClock(told) {
  clock = told;
  drift = told.now - Date.now() / 1000;
  tick();
}

function tick() {
  if (!clock) return;
  const now = clock.frozen ? clock.now : Date.now() / 1000 + drift;
  const text = new Date(now * 1000).toISOString().replace("T", " ").slice(0, 19);
  byId("clock-now").textContent = clock.frozen ? `${text} (frozen)` : text;
  byId("clock-large").textContent = `${text} UTC`;
  const ahead = Math.round(clock.now - Date.now() / 1000);
  const moved = Math.abs(clock.ahead) < 1 ? "It shows real time." : `It is ${Math.round(clock.ahead)} s ahead of real time.`;
  byId("clock-state").textContent = clock.frozen ? `It is frozen, ${ahead} s from real time.` : moved;
  byId("freeze").textContent = clock.frozen ? "Let it go on" : "Freeze";
}

/** Make the switches; `moved` is called when links may have expired. */
export async function start(spec, fail, moved) {
  ({ kinds } = await call("GET", "/faults/kinds"));
  drawSwitches();
  describe();
  await drawFaults();
  const guarded = (action) => (event) => action(event).catch(fail);
  for (const one of spec.operations.flatMap((operation) => operation.models)) {
    byId("order-model").append(make("option", { value: one.name }, one.name));
  }
  byId("order").addEventListener("submit", guarded(order));
  byId("order-text").addEventListener("input", describe);
  byId("clear-faults").addEventListener("click", guarded(async () => {
    await call("DELETE", "/faults");
    await drawFaults();
  }));

  const turn = async (path, body) => {
    try {
      takeClock(await call("POST", path, body));
      byId("clock-problem").textContent = "";
    } catch (error) {
      byId("clock-problem").textContent = error.message;
      return;
    }
    announce(byId("clock-large").textContent);
    await moved();
  };
  byId("freeze").addEventListener("click", guarded(() => turn(clock.frozen ? "/clock/resume" : "/clock/freeze")));
  byId("real-time").addEventListener("click", guarded(() => turn("/clock/reset")));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", guarded(() => turn("/clock/advance", { seconds: Number(button.dataset.advance) })));
  }
  byId("advance").addEventListener("submit", guarded(async (event) => {
    event.preventDefault();
    await turn("/clock/advance", { seconds: Number(byId("advance-by").value || "nothing") });
  }));
  byId("seed").value = (await call("GET", "/seed")).seed;
  byId("seed-form").addEventListener("submit", guarded(async (event) => {
    event.preventDefault();
    try {
      byId("seed").value = (await call("PUT", "/seed", { seed: Number(byId("seed").value || "nothing") })).seed;
      byId("seed-problem").textContent = "";
    } catch (error) {
      byId("seed-problem").textContent = error.message;
    }
    await moved();
  }));
  byId("reset").addEventListener("click", guarded(async () => {
    await call("POST", "/reset", {});
    takeClock(await call("GET", "/clock"));
    await drawFaults();
    await moved();
    announce("Everything is as it was at the start.");
  }));
  takeClock(await call("GET", "/clock"));
  setInterval(tick, 500);
  // Tests and other people turn the same switches.
  setInterval(async () => {
    try {
      takeClock(await call("GET", "/clock"));
      await drawFaults();
    } catch {
      // The feed tells that the server is away, and goes on trying.
    }
  }, 5000);
}
