// The control API, as the rest of the page calls it.

const ROOT = location.pathname.replace(/\/$/, "");
const KEY = "safelight-control-key";

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const setKey = (key) => sessionStorage.setItem(KEY, key);

function headers(extra = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? { ...extra, "x-safelight-key": key } : extra;
}

async function asked(path, options) {
  const response = await fetch(ROOT + path, options);
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const { message = response.statusText, help } = body.error || {};
  throw new ApiError(response.status, help ? `${message}; ${help}` : message);
}

/** Call the control API; the answer is JSON, or null where there is none. */
export async function call(verb, path, body) {
  const options = { method: verb, headers: headers(body === undefined ? {} : { "content-type": "application/json" }) };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await asked(path, options);
  return response.status === 204 ? null : response.json();
}

/** Save an export of the log as a file. */
export async function save(path, name) {
  const response = await asked(path, { headers: headers() });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Read server-sent events from an answer and hand each one's name and data on. EventSource can send no key. */
export async function readEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    // A line may end in CR LF, and the LF come in the next chunk.
    rest = (rest + value).replace(/\r\n/g, "\n");
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      const name = lines.find((line) => line.startsWith("event:"));
      if (data) take(name ? name.slice(6).trim() : "message", data);
    }
  }
}

/** Follow the log for ever; the connection is made anew when it is lost. */
export async function follow(take, tell) {
  let seq = 0;
  let tries = 0;
  for (;;) {
    try {
      const response = await asked(`/feed?after=${seq}&limit=200`, { headers: headers() });
      tell("on", "yes");
      tries = 0;
      await readEvents(response, (name, data) => {
        if (name !== "request") return;
        const request = JSON.parse(data);
        seq = Math.max(seq, request.seq);
        take(request);
      });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw error;
    }
    tell("off", "no, trying again");
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** tries)));
    tries += 1;
  }
}
