// What the player says to the server. A lost connection is waited out; a refusal is thrown.
const PATIENCE_MS = [1000, 2000, 4000, 8000, 15000];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Refused extends Error {}

// Asks until there is an answer; `lost` is told how many seconds it waits.
async function patiently(ask, lost, alive) {
  for (let n = 0; alive(); n += 1) {
    try {
      const answer = await ask();
      if (answer.status < 500 && answer.status !== 429) return answer;
    } catch (trouble) { if (trouble instanceof Refused) throw trouble; }
    const wait = PATIENCE_MS[Math.min(n, PATIENCE_MS.length - 1)];
    lost(wait / 1000);
    await pause(wait);
  }
  throw new Refused("the page was left");
}

function askTrial(lost, alive) {
  return patiently(() => fetch("/api/trial", { cache: "no-store" }), lost, alive);
}

// The whole clip, before anything is shown: what follows is never slowed by the network.
async function fetchClip(address, progress, lost, alive) {
  const get = async () => {
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.status >= 500) return answer;
    if (!answer.ok) throw new Refused("its video is not available");
    const total = Number(answer.headers.get("content-length")) || 0;
    const parts = [];
    let have = 0;
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      have += value.length;
      progress(total ? (100 * have) / total : null);
    }
    if (total && have !== total) throw new Error("cut short");
    return { status: 200, blob: new Blob(parts, { type: "video/mp4" }) };
  };
  return (await patiently(get, lost, alive)).blob;
}

function sendVote(ballot, lost, alive) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(ballot) };
  return patiently(() => fetch("/api/vote", request), lost, alive);
}

// crypto.randomUUID exists only on https and localhost; viewers may sit in a plain local network.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
