// What the player says to the server. A lost connection is waited out; a refusal is thrown.
const PATIENCE_MS = [1000, 2000, 4000, 8000, 15000];
const PENDING = "qualab-pending";
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Refused extends Error {}

// Ends with the wait, or as soon as the browser is on the network again.
function untilOnline(ms) {
  return new Promise((done) => {
    const end = () => { clearTimeout(timer); window.removeEventListener("online", end); done(); };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
  });
}

// Asks until there is an answer; `lost` is told how many seconds it waits.
async function patiently(ask, lost, alive) {
  for (let n = 0; alive(); n += 1) {
    try {
      const answer = await ask();
      if (answer.status < 500 && answer.status !== 429) return answer;
    } catch (trouble) { if (trouble instanceof Refused) throw trouble; }
    const wait = PATIENCE_MS[Math.min(n, PATIENCE_MS.length - 1)];
    lost(wait / 1000);
    await untilOnline(wait);
  }
  throw new Refused("left");
}

function askTrial(lost, alive) {
  return patiently(() => fetch("/api/trial", { cache: "no-store" }), lost, alive);
}

function post(address, body, lost, alive) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return patiently(() => fetch(address, request), lost, alive);
}

// The whole clip, before anything is shown: what follows is never slowed by the network.
async function fetchClip(address, progress, lost, alive) {
  const get = async () => {
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.status >= 500 || answer.status === 429) return answer;
    if (!answer.ok) throw new Refused("trouble.gone");
    const total = Number(answer.headers.get("content-length")) || 0;
    const parts = [];
    let have = 0;
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      have += value.length;
      progress(total ? have / total : null);
    }
    if (total && have !== total) throw new Error("cut short");
    return { status: 200, blob: new Blob(parts, { type: "video/mp4" }) };
  };
  return (await patiently(get, lost, alive)).blob;
}

// `progress` hears the percentage of all clips together.
function fetchClips(addresses, progress, lost, alive) {
  const shares = addresses.map(() => 0);
  return Promise.all(addresses.map((address, n) => fetchClip(address, (share) => {
    shares[n] = share;
    progress(shares.includes(null) ? null : (100 * shares.reduce((a, b) => a + b)) / shares.length);
  }, lost, alive)));
}

// A vote that the server has not acknowledged outlives a reload. It names a trial by its number and nothing else.
const unsent = {
  keep(ballot) { try { localStorage.setItem(PENDING, JSON.stringify(ballot)); } catch { /* the page's memory has to do */ } },
  forget() { try { localStorage.removeItem(PENDING); } catch { /* nothing was kept */ } },
  kept() {
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
