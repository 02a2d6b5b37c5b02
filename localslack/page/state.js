// What the page knows, and its two lines to the workspace: deeds by POST, changes by WebSocket.

const listeners = new Set();
let socket = null;
let retry = 0;

export const state = {
  ready: false, me: "", team: "", app: { id: "", name: "" }, users: {}, order: [], conversations: {}, commands: [], controls: [],
  suggestions: [], clock: 0, timezone: "UTC", home: null, modal: null, modalErrors: {}, active: "", tab: "messages", thread: "",
  status: {}, online: true, busy: "", followUntil: 0,
};

export const onChange = (callback) => listeners.add(callback);
export const changed = (what, detail) => listeners.forEach((callback) => callback(what, detail));

export async function load(user) {
  const answer = await fetch(`/client/state?user=${encodeURIComponent(user ?? "")}`);
  const body = await answer.json();
  if (!body.ok) return user ? load("") : undefined;
  const { conversations, users, ...rest } = body;
  Object.assign(state, rest, { ready: true, modalErrors: {}, status: {} });
  state.users = Object.fromEntries(users.map((u) => [u.id, u]));
  state.order = users.map((u) => u.id);
  state.users[body.app.id] = { id: body.app.id, name: body.app.name, app: true, title: "App" };
  state.users.USLACKBOT = { id: "USLACKBOT", name: "Slackbot", title: "" };
  state.conversations = Object.fromEntries(conversations.map((c) => [c.id, c]));
  if (!state.conversations[state.active]) { state.active = startingPlace(); state.thread = ""; state.tab = "messages"; }
  localStorage.setItem("paceline.me", state.me);
  connect();
  changed("all");
}

export const appDm = () => Object.values(state.conversations).find((c) => c.kind === "im" && c.with === state.app.id);

function startingPlace() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const named = Object.values(state.conversations).find((c) => wanted && (c.id === wanted || c.name === wanted));
  return (named ?? appDm() ?? Object.values(state.conversations)[0])?.id ?? "";
}

function connect() {
  if (socket) { socket.onclose = null; socket.close(); }
  socket = new WebSocket(`ws://${location.host}/client/stream?user=${encodeURIComponent(state.me)}`);
  socket.onopen = () => { if (retry) reload(); retry = 0; state.online = true; changed("online"); };
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = () => {
    state.online = false;
    changed("online");
    retry = Math.min(retry + 1, 6);
    setTimeout(connect, 250 * 2 ** retry);
  };
}

export const reload = () => load(state.me);

function take({ kind, channel, body, clock }) {
  state.clock = clock;
  const conversation = state.conversations[channel];
  if (kind === "home") { state.home = body; return changed("home"); }
  if (kind === "modal") { state.modal = body.id ? body : null; state.modalErrors = {}; return changed("modal"); }
  if (kind === "modal_errors") { state.modalErrors = body; return changed("modal-errors"); }
  if (kind === "clock") return changed("clock");
  if (kind === "reload" || !conversation) return reload();
  if (kind === "status") {
    state.status[`${channel}/${body.thread_ts ?? ""}`] = body.status ? { text: body.status, until: Date.now() + 120000 } : null;
    return changed("messages", { channel });
  }
  if (kind === "prompts") { conversation.prompts = body; return changed("messages", { channel }); }
  const at = conversation.messages.findIndex((m) => m.ts === body.ts);
  if (kind === "deleted") { if (at >= 0) conversation.messages.splice(at, 1); }
  else if (at >= 0) conversation.messages[at] = body;
  else if (kind === "message" || kind === "ephemeral") {
    conversation.messages.push(body);
    conversation.messages.sort((a, b) => a.ts - b.ts);
    if (body.user === state.app.id) { delete state.status[`${channel}/${body.thread_ts ?? ""}`]; delete state.status[`${channel}/`]; }
    return changed("messages", { channel, added: body });
  }
  changed("messages", { channel });
}

export async function send(deed, body) {
  if (["say", "slash", "act"].includes(deed)) state.followUntil = Date.now() + 15000; // what comes back now is what one waits for
  const answer = await fetch(`/client/${deed}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: state.me, ...body }),
  });
  const result = await answer.json();
  if (!result.ok) changed("toast", `That did not work: ${result.error.replaceAll("_", " ")}`);
  return result;
}

// Read marks live in this browser: last timestamp seen per person and conversation.
const key = (user, channel) => `paceline.read.${user}.${channel}`;
export const lastRead = (channel, user = state.me) => Number(localStorage.getItem(key(user, channel)) ?? 0);
export function markRead(channel) {
  const newest = state.conversations[channel]?.messages.at(-1)?.ts;
  if (newest && Number(newest) > lastRead(channel)) localStorage.setItem(key(state.me, channel), newest);
}
export function unread(channel) {
  const since = lastRead(channel);
  return state.conversations[channel].messages.filter((m) => Number(m.ts) > since && m.user !== state.me);
}
export const isReply = (m) => m.thread_ts && m.thread_ts !== m.ts && m.subtype !== "thread_broadcast";
export const locale = () => state.users[state.me]?.locale ?? "en-US";
export const person = (id) => state.users[id] ?? { id: id ?? "?", name: id ?? "Unknown" };

export function when(ts, options) {
  const zone = state.users[state.me]?.tz || state.timezone;
  try { return new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }).format(new Date(Number(ts) * 1000)); }
  catch { return new Intl.DateTimeFormat("en-US", options).format(new Date(Number(ts) * 1000)); }
}
