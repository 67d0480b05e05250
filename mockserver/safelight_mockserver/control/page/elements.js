// Elements: the only way in which this page makes any. Text is always text: what a client sent cannot become HTML.

/** Make an element with attributes, listeners (functions named on…) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Say something to whoever listens to the page instead of looking at it. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** Show or hide what went wrong with the page itself. */
export function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text || "";
}

/** Links of a spec are shown as links only if they lead to the web. */
export function sourceOf(source) {
  if (!source) return "no source";
  const title = source.read ? `${source.title} (read ${source.read})` : source.title;
  const isWeb = /^https?:\/\//.test(source.url || "");
  return isWeb ? make("a", { href: source.url, rel: "noreferrer noopener", target: "_blank" }, title) : title;
}

/** Broken constraints, each with what would be right and where that is written. */
export function brokenRules(violations) {
  return make("div", {}, ...violations.map((one) => make("div", { class: "broken-rule", "data-outcome": one.outcome },
    make("p", {}, one.message, one.outcome === "refuse" ? "" : ` (${one.outcome})`),
    make("p", {}, make("code", {}, one.rule), " · ", one.basis, " · ", sourceOf(one.source), one.why ? ` · ${one.why}` : ""),
  )));
}

/** The language that was chosen last, for the next block of code. */
let language = "curl";

/** Code in several languages, with a button that copies what is shown. */
export function codeBlock(code) {
  const languages = { curl: "curl", python: "Python", pytest: "pytest" };
  const text = make("pre", { tabindex: "0", "aria-label": "Code" });
  const buttons = Object.entries(languages).map(([key, name]) =>
    make("button", { type: "button", class: "small", "data-language": key, onclick: () => show(key) }, name));
  const copy = make("button", {
    type: "button", class: "small", onclick: async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        copy.textContent = "Copied";
        announce("The code was copied.");
      } catch {
        getSelection().selectAllChildren(text);
        copy.textContent = "Selected";
        announce("The browser does not let the page copy. The code is selected.");
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    },
  }, "Copy");
  function show(key) {
    text.textContent = code[key];
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === key));
    copy.setAttribute("aria-label", `Copy as ${languages[key]}`);
    language = key;
  }
  show(language);
  return make("div", {}, make("div", { class: "codes" }, ...buttons, make("span", { class: "grow" }), copy), text);
}

/** A figure of one picture; its link opens it alone. */
export function figure(url, caption) {
  return make("figure", {},
    make("a", { href: url, target: "_blank", rel: "noreferrer" }, make("img", { src: url, alt: caption, loading: "lazy" })),
    make("figcaption", {}, caption));
}
