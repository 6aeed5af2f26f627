// Requests to the server. A lost connection is waited out; a refusal is thrown.
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const PENDING = "qualab-pending";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Refused extends Error {}

// Ends after `ms`, or as soon as the browser is on the network again.
function untilOnline(ms) {
  return new Promise((resolve) => {
    const end = () => { clearTimeout(timer); window.removeEventListener("online", end); resolve(); };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
  });
}

const isRetryable = (response) => response.status >= 500 || response.status === 429;

// Sends a request until it is answered; `onLost` gets the seconds until the next try.
async function withRetries(send, onLost, isAlive) {
  for (let n = 0; isAlive(); n += 1) {
    try {
      const response = await send();
      if (!isRetryable(response)) return response;
    } catch (error) { if (error instanceof Refused) throw error; }
    const wait = RETRY_MS[Math.min(n, RETRY_MS.length - 1)];
    onLost(wait / 1000);
    await untilOnline(wait);
  }
  throw new Refused("left");
}

function fetchTrial(onLost, isAlive) {
  return withRetries(() => fetch("/api/trial", { cache: "no-store" }), onLost, isAlive);
}

function post(address, body, onLost, isAlive) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return withRetries(() => fetch(address, request), onLost, isAlive);
}

// The whole clip, before anything is shown: what follows is never slowed by the network.
async function fetchClip(address, onProgress, onLost, isAlive) {
  const get = async () => {
    const response = await fetch(address, { cache: "no-store" });
    if (isRetryable(response)) return response;
    if (!response.ok) throw new Refused("trouble.gone");
    const total = Number(response.headers.get("content-length")) || 0;
    const chunks = [];
    let received = 0;
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      received += value.length;
      onProgress(total ? received / total : null);
    }
    if (total && received !== total) throw new Error("truncated");
    return { status: 200, blob: new Blob(chunks, { type: "video/mp4" }) };
  };
  return (await withRetries(get, onLost, isAlive)).blob;
}

// `onProgress` gets the percentage of all clips together.
function fetchClips(addresses, onProgress, onLost, isAlive) {
  const shares = addresses.map(() => 0);
  return Promise.all(addresses.map((address, n) => fetchClip(address, (share) => {
    shares[n] = share;
    onProgress(shares.includes(null) ? null : (100 * shares.reduce((a, b) => a + b)) / shares.length);
  }, onLost, isAlive)));
}

// A vote that the server has not acknowledged outlives a reload. It names a trial by its number and nothing else.
const pendingVote = {
  save(ballot) { try { localStorage.setItem(PENDING, JSON.stringify(ballot)); } catch { /* the page's memory has to do */ } },
  clear() { try { localStorage.removeItem(PENDING); } catch { /* nothing was saved */ } },
  load() {
    try {
      const ballot = JSON.parse(localStorage.getItem(PENDING));
      return Number.isInteger(ballot?.trial_id) ? ballot : null;
    } catch { return null; }
  },
};

// crypto.randomUUID exists only on https and localhost; viewers may sit in a plain local network.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
