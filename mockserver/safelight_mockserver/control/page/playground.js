// The playground: a form for the chosen model, made from the spec; what is illegal can be chosen, and is explained.

import { call, readEvents } from "./api.js";
import { brokenRules, byId, codeBlock, figure, make, sourceOf } from "./elements.js";

let spec;
let operation;
let values = {};
let model = null;
let asked = 0;
let key = "";

/** Every value that some model takes, for a choice that this model does not. */
function otherChoices(name, own) {
  const all = Object.values(operation.tables).flat().filter((one) => one.name === name).flatMap((one) => one.choices || []);
  return [...new Set(all)].filter((value) => !own.includes(value));
}

function option(value, chosen) {
  return make("option", { value: JSON.stringify(value), selected: chosen === value }, String(value));
}

function select(parameter, id) {
  const chosen = values[parameter.name];
  const own = parameter.choices || (parameter.input === "boolean" ? [true, false] : parameter.tokens || []);
  const others = otherChoices(parameter.name, own);
  const first = parameter.required ? "choose …" : `not sent (default: ${parameter.default_text})`;
  const groups = [make("option", { value: "" }, first), ...own.map((value) => option(value, chosen))];
  if (others.length) groups.push(make("optgroup", { label: `not for ${model}` }, ...others.map((value) => option(value, chosen))));
  return make("select", {
    id, onchange: (event) => set(parameter.name, event.target.value === "" ? undefined : JSON.parse(event.target.value)),
  }, ...groups);
}

function read(parameter, text) {
  if (text === "") return undefined;
  if (["integer", "number", "json"].includes(parameter.input)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

function input(parameter, id) {
  const isLong = parameter.name === operation.prompt_parameter || parameter.input === "json";
  const value = values[parameter.name];
  const text = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const attributes = {
    id, autocomplete: "off", spellcheck: "false",
    placeholder: parameter.required ? null : `not sent (default: ${parameter.default_text})`,
    oninput: (event) => set(parameter.name, read(parameter, event.target.value)),
  };
  const list = parameter.tokens?.length || parameter.input === "size" ? `${id}-list` : null;
  if (isLong) {
    const area = make("textarea", { ...attributes, rows: "3" });
    area.value = text;
    return [area];
  }
  const numeric = parameter.input === "integer" ? "numeric" : parameter.input === "number" ? "decimal" : null;
  const line = make("input", { ...attributes, inputmode: numeric, list });
  line.value = text;
  if (!list) return [line];
  const known = [...(parameter.tokens || []), ...otherChoices(parameter.name, [])];
  return [line, make("datalist", { id: list }, ...[...new Set(known)].map((one) => make("option", { value: one })))];
}

function field(parameter) {
  const id = `field-${parameter.name}`;
  const isChoice = parameter.choices || parameter.input === "boolean";
  const controls = isChoice ? [select(parameter, id)] : input(parameter, id);
  controls[0].setAttribute("aria-describedby", `${id}-hint ${id}-wrong`);
  return make("div", { class: "field", "data-name": parameter.name },
    make("label", { for: id, class: parameter.required ? "required" : null }, parameter.name),
    ...controls,
    make("p", { class: "hint", id: `${id}-hint` }, `${parameter.doc} ${isChoice ? "" : `Legal: ${parameter.legal}.`}`),
    make("div", { class: "wrong", id: `${id}-wrong` }));
}

function modelField() {
  const names = operation.models.map((one) => make("option", { value: one.name, selected: one.name === model }, one.title));
  return make("div", { class: "field" },
    make("label", { for: "field-the-model" }, operation.model_parameter),
    make("select", { id: "field-the-model", onchange: (event) => choose(event.target.value) }, ...names),
    make("p", { class: "hint" }, "The form has only what this model takes."));
}

function operationField() {
  if (spec.operations.length < 2) return null;
  const names = spec.operations.map((one) =>
    make("option", { value: one.name, selected: one === operation }, `${one.title} (${one.verb} ${one.path})`));
  const take = (event) => begin(spec.operations.find((one) => one.name === event.target.value));
  return make("div", { class: "field" }, make("label", { for: "field-operation" }, "operation"),
    make("select", { id: "field-operation", onchange: take }, ...names));
}

function keyField() {
  if (!spec.key_header) return null;
  const attributes = { id: "field-key", autocomplete: "off", placeholder: "any key will do, unless one was set" };
  const line = make("input", { ...attributes, oninput: (event) => { key = event.target.value; } });
  line.value = key;
  return make("details", {}, make("summary", {}, "API key"),
    make("div", { class: "field" }, make("label", { for: "field-key" }, spec.key_header), line));
}

function draw() {
  const table = operation.tables[model ?? "*"];
  const taken = table.map((one) => one.name);
  const all = [...new Set(Object.values(operation.tables).flat().map((one) => one.name))];
  const missing = all.filter((name) => !taken.includes(name));
  const shown = table.filter((one) => one.name !== operation.model_parameter);
  byId("fields").replaceChildren(...[
    operationField(),
    model === null ? null : modelField(),
    ...shown.map(field),
    missing.length ? make("p", { class: "hint muted" }, `${model} does not take ${missing.join(", ")}.`) : null,
    keyField(),
  ].filter(Boolean));
  judge();
}

function choose(name) {
  model = name;
  const taken = operation.tables[name].map((one) => one.name);
  values = Object.fromEntries(Object.entries(values).filter(([parameter]) => taken.includes(parameter)));
  draw();
  byId("field-the-model").focus();
}

function set(name, value) {
  if (value === undefined) delete values[name];
  else values[name] = value;
  judge();
}

function body() {
  return model === null ? { ...values } : { [operation.model_parameter]: model, ...values };
}

async function judge() {
  const number = ++asked;
  await new Promise((resolve) => setTimeout(resolve, 120));
  if (number !== asked) return;
  let judged;
  try {
    judged = await call("POST", "/validate", { operation: operation.name, body: body() });
  } catch (error) {
    byId("judgement").textContent = error.message;
    return;
  }
  if (number !== asked) return;
  const { violations } = judged;
  for (const box of document.querySelectorAll("#fields .field[data-name]")) {
    const own = violations.filter((one) => one.parameter.split(/[.[]/)[0] === box.dataset.name);
    box.toggleAttribute("data-wrong", own.length > 0);
    box.querySelector("input, select, textarea").setAttribute("aria-invalid", String(own.length > 0));
    box.querySelector(".wrong").replaceChildren(...own.map((one) => explained(one)));
  }
  const word = byId("judgement");
  word.className = judged.accepted ? "ok" : "no";
  word.textContent = judged.accepted ? "✓ The API takes this request." : `✕ The API refuses this: ${counted(judged)}.`;
  byId("send").textContent = judged.accepted ? "Send" : "Send anyway";
  byId("code").replaceChildren(codeBlock(judged.code));
}

function counted({ status, violations }) {
  if (!violations.length) return `status ${status}`;
  return violations.length === 1 ? "one rule is broken" : `${violations.length} rules are broken`;
}

/** Why a value is wrong, where that is written, and a button for the value that would be right. */
function explained(violation) {
  const parts = [violation.message, " · ", sourceOf(violation.source)];
  if (violation.nearest !== null) {
    const fix = () => {
      values[violation.parameter] = violation.nearest;
      draw();
      byId(`field-${violation.parameter}`)?.focus();
    };
    parts.push(" ", make("button", { type: "button", class: "small", onclick: fix }, `Use ${violation.nearest}`));
  }
  return make("p", {}, ...parts);
}

// --- sending -----------------------------------------------------------------------------------------------------------

const isImage = (value) => typeof value === "string" && value.length > 60 && /^(iVBORw0KGgo|\/9j\/|UklGR)/.test(value);

/** The type of a file in base64, by how it begins. */
function typeOf(code) {
  if (code.startsWith("iVBORw0KGgo")) return "png";
  return code.startsWith("/9j/") ? "jpeg" : "webp";
}

/** The pictures in an answer: base64 of an image file, or a link to one of this server. */
function pictures(value) {
  if (isImage(value)) return [`data:image/${typeOf(value)};base64,${value}`];
  if (typeof value === "string" && /^https?:\/\/[^/]+\/pictures\//.test(value)) return [new URL(value).pathname];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(pictures);
}

const shortened = (_, value) => (isImage(value) ? `${value.slice(0, 24)}… (${value.length} characters)` : value);

async function send(event) {
  event.preventDefault();
  const box = byId("answer");
  const started = performance.now();
  const since = () => `${Math.round(performance.now() - started)} ms`;
  const heading = make("p", {}, "Waiting …");
  const shown = make("div", { class: "pictures large" });
  const text = make("pre", { tabindex: "0", "aria-label": "Answer as text" });
  box.replaceChildren(heading, shown, text);
  byId("send").disabled = true;
  try {
    const headers = { "content-type": "application/json" };
    if (spec.key_header) headers[spec.key_header] = spec.key_scheme + (key || "any-key");
    const response = await fetch(spec.base_path + operation.path,
      { method: operation.verb, headers, body: JSON.stringify(body()) });
    heading.className = response.ok ? "ok" : "no";
    const tell = (rest) => { heading.textContent = `${response.status} ${response.statusText} · ${since()}${rest}`; };
    if ((response.headers.get("content-type") || "").startsWith("text/event-stream")) {
      let count = 0;
      await readEvents(response, (name, data) => {
        count += 1;
        const found = JSON.parse(data);
        const title = `${name}, after ${since()}`;
        shown.append(...pictures(found).map((url) => figure(url, title)));
        text.textContent += `event: ${name}\ndata: ${JSON.stringify(found, shortened)}\n\n`;
        tell(` · ${count} events`);
      });
    } else {
      const raw = await response.text();
      tell(` · ${raw.length} characters`);
      let found = null;
      try {
        found = JSON.parse(raw);
      } catch {
        text.textContent = raw || "(nothing)";
        return;
      }
      shown.append(...pictures(found).map((url, place) => figure(url, `picture ${place + 1}`)));
      text.textContent = JSON.stringify(found, shortened, 2);
      if (!response.ok) {
        const judged = await call("POST", "/validate", { operation: operation.name, body: body() });
        if (judged.violations.length) heading.after(brokenRules(judged.violations));
      }
    }
  } catch (error) {
    heading.className = "no";
    heading.textContent = `The connection broke after ${since()}: ${error.message}`;
  } finally {
    byId("send").disabled = false;
  }
}

function begin(chosen) {
  operation = chosen;
  model = operation.models.length ? operation.models[0].name : null;
  values = operation.prompt_parameter ? { [operation.prompt_parameter]: "a red fox in fresh snow" } : {};
  draw();
}

/** Make the form. */
export function start(found) {
  spec = found;
  byId("playground").addEventListener("submit", send);
  byId("start-over").addEventListener("click", () => begin(operation));
  begin(spec.operations[0]);
}
