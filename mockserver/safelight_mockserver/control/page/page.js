// The page: tabs, the key, and the start of everything else.

import { ApiError, call, setKey } from "./api.js";
import { byId, trouble } from "./elements.js";
import * as log from "./log.js";
import * as playground from "./playground.js";
import * as switches from "./switches.js";

const tabs = [...document.querySelectorAll('[role="tab"]')];

function select(tab, focus) {
  for (const one of tabs) {
    const isChosen = one === tab;
    one.setAttribute("aria-selected", String(isChosen));
    one.tabIndex = isChosen ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = !isChosen;
  }
  if (focus) tab.focus();
  // With a slash, because a fragment that is the id of an element moves the focus there.
  history.replaceState(null, "", `#/${tab.id.slice(4)}`);
}

function moveBetweenTabs(event) {
  const place = tabs.indexOf(event.target);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  select(tabs[(next + tabs.length) % tabs.length], true);
}

function fail(error) {
  if (error instanceof ApiError && error.status === 401) askForKey();
  else trouble(error.message);
}

function askForKey() {
  byId("key-form").hidden = false;
  for (const panel of document.querySelectorAll('[role="tabpanel"]')) panel.hidden = true;
  byId("control-key").focus();
}

async function start() {
  const spec = await call("GET", "/spec");
  const base = location.origin + spec.base_path;
  document.title = `${spec.title} · Safelight`;
  byId("served").textContent = `fakes ${spec.title}, as of ${spec.enforced.as_of}, ${spec.enforced.constraints} constraints`;
  byId("base-url").textContent = base;
  const [first] = spec.operations;
  const body = { ...(first.models.length ? { [first.model_parameter]: first.models[0].name } : {}), prompt: "a fox" };
  const key = spec.key_header ? ` -H '${spec.key_header}: ${spec.key_scheme}any-key'` : "";
  byId("try-curl").textContent =
    `curl ${base}${first.path} -H 'Content-Type: application/json'${key} -d '${JSON.stringify(body)}'`;
  playground.start(spec);
  await switches.start(spec, fail, log.reload);
  log.start(fail);
}

byId("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  setKey(byId("control-key").value);
  location.reload();
});
for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab, false));
  tab.addEventListener("keydown", moveBetweenTabs);
}
select(byId(`tab-${location.hash.slice(2)}`) ?? tabs[0], false);
start().catch(fail);
