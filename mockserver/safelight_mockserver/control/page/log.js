// The list of requests: newest first, each opened on demand.

import { call, follow, save } from "./api.js";
import { announce, brokenRules, byId, codeBlock, figure, make } from "./elements.js";

const MOST = 200;
const rows = new Map();
let news = [];

const MARKS = { accepted: "✓", "accepted with remarks": "✓", refused: "✕", fault: "⚡" };
const WORDS = { accepted: "accepted", "accepted with remarks": "remarks", refused: "refused", fault: "fault" };

const promptOf = (request) => (typeof request.body?.prompt === "string" ? request.body.prompt : "");

function summaryOf(request) {
  const broken = request.violations.map((one) => one.rule);
  const facts = [request.model || request.body?.model || "no model", request.test && `test ${request.test}`, request.fault,
    request.note, request.end === "complete" ? null : request.end];
  const meta = broken.length ? broken.join(", ") : facts.filter(Boolean).join(" · ");
  const thumbs = request.pictures.slice(0, 5).map((one) =>
    make("img", { src: one.url, alt: "", loading: "lazy", class: one.partial ? "partial" : null }));
  const more = request.pictures.length - thumbs.length;
  const time = new Date(request.began * 1000).toLocaleTimeString([], { hour12: false });
  return make("button", { class: "summary", "aria-expanded": "false", onclick: () => toggle(request.id) },
    make("span", { class: "pill" }, `${MARKS[request.verdict]} ${request.status || "–"} ${WORDS[request.verdict]}`),
    make("span", { class: "prompt" }, promptOf(request) || `${request.method} ${request.path}`),
    make("span", { class: broken.length ? "meta broken mono" : "meta" }, meta),
    make("span", { class: "strip" }, ...thumbs, more > 0 ? `+ ${more}` : ""),
    make("span", { class: "time" }, `${time}\n${Math.round(request.milliseconds * 10) / 10} ms`));
}

function textOf(request) {
  const rules = request.violations.map((one) => `${one.rule} ${one.message}`);
  return [promptOf(request), request.model, request.test, request.id, request.path, request.fault, ...rules]
    .join(" ").toLowerCase();
}

function take(request) {
  const old = rows.get(request.id);
  const item = make("li", { "data-verdict": request.verdict, "data-id": request.id }, summaryOf(request));
  rows.set(request.id, { request, item, text: textOf(request) });
  if (old) {
    const isOpen = old.item.querySelector(".details") !== null;
    old.item.replaceWith(item);
    if (isOpen) open(request.id);
  } else {
    byId("log").prepend(item);
    news.push(request);
    if (rows.size > MOST) {
      const [oldest] = rows.keys();
      rows.get(oldest).item.remove();
      rows.delete(oldest);
    }
  }
  filter();
}

function filter() {
  const verdict = byId("filter-verdict").value;
  const words = byId("filter-text").value.toLowerCase();
  for (const { request, item, text } of rows.values()) {
    item.hidden = !request.verdict.startsWith(verdict) || !text.includes(words);
  }
  byId("count").textContent = String(rows.size);
  byId("empty").hidden = rows.size > 0;
}

async function toggle(id) {
  const details = rows.get(id).item.querySelector(".details");
  if (!details) return open(id);
  details.remove();
  rows.get(id).item.querySelector(".summary").setAttribute("aria-expanded", "false");
}

async function open(id) {
  const { item } = rows.get(id);
  item.querySelector(".summary").setAttribute("aria-expanded", "true");
  const details = make("div", { class: "details" }, make("p", { class: "muted" }, "…"));
  item.append(details);
  let request;
  try {
    request = await call("GET", `/requests/${encodeURIComponent(id)}`);
  } catch (error) {
    details.replaceChildren(make("p", { class: "problem" }, error.message));
    return;
  }
  const facts = [`id ${request.id}`, `${request.sent} bytes sent`, `${request.images} ${request.images === 1 ? "image" : "images"} billed`, `answer ${request.end}`,
    request.retry_after === null ? null : `told to retry after ${request.retry_after} s`];
  const pictures = request.pictures.map((one) => figure(one.url,
    `${one.partial ? `partial, ${one.partial} done` : `picture ${one.index + 1}`}, ${one.width}×${one.height}`));
  const sent = "body" in request ? JSON.stringify(request.body, null, 2) : request.body_text ?? "(longer than the fake reads)";
  details.replaceChildren(...[
    request.violations.length ? brokenRules(request.violations) : null,
    request.fault ? make("p", {}, "Fault: ", make("code", {}, request.fault)) : null,
    request.note ? make("p", {}, request.note) : null,
    pictures.length ? make("div", { class: "pictures" }, ...pictures) : null,
    make("div", {}, make("h3", {}, "Request body"), make("pre", { tabindex: "0", "aria-label": "Request body" }, sent)),
    request.code ? make("div", {}, make("h3", {}, "The same request"), codeBlock(request.code)) : null,
    make("p", { class: "muted" }, facts.filter(Boolean).join(" · ")),
  ].filter(Boolean));
}

/** Draw the list anew: links to pictures may have expired, or the log was cleared elsewhere. */
export async function reload() {
  const { requests } = await call("GET", `/requests?limit=${MOST}`);
  rows.clear();
  byId("log").replaceChildren();
  requests.forEach(take);
  news = [];
  filter();
}

async function judge() {
  const box = byId("client-verdict");
  box.hidden = !box.hidden;
  byId("show-verdict").setAttribute("aria-expanded", String(!box.hidden));
  if (box.hidden) return;
  const { findings, calls } = await call("GET", "/verdict");
  const list = findings.map((one) => make("li", {}, make("code", {}, one.kind), ` ${one.message}`));
  const many = calls.length === 1 ? "one call" : `${calls.length} calls`;
  box.replaceChildren(make("h2", {}, "Verdict on the client"),
    list.length ? make("ul", {}, ...list) : make("p", { class: "ok" }, `Nothing to complain about in ${many}.`),
    calls.length ? make("details", {}, make("summary", {}, many), make("ol", {}, ...calls.map((one) => make("li", {}, one.told)))) : "");
}

/** Start to follow the log. */
export function start(fail) {
  const guarded = (action) => () => action().catch(fail);
  byId("filter-verdict").addEventListener("change", filter);
  byId("filter-text").addEventListener("input", filter);
  byId("clear-log").addEventListener("click", guarded(async () => {
    await call("DELETE", "/requests");
    await reload();
    announce("The log is empty.");
  }));
  byId("export-har").addEventListener("click", guarded(() => save("/requests?format=har", "requests.har")));
  byId("export-jsonl").addEventListener("click", guarded(() => save("/requests?format=jsonl", "requests.jsonl")));
  byId("show-verdict").addEventListener("click", guarded(judge));
  follow(take, (state, text) => {
    byId("live").dataset.state = state;
    byId("live").textContent = text;
  }).catch(fail);
  // News are told together: a load test is no reason to talk without a pause.
  setInterval(() => {
    if (!news.length) return;
    const last = news[news.length - 1];
    const many = news.length === 1 ? "One request" : `${news.length} requests`;
    const rules = last.violations.map((one) => one.message).join("; ");
    announce(`${many}. The last one: ${last.verdict}, status ${last.status}. ${rules}`);
    news = [];
  }, 2000);
}
