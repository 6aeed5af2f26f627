// Frames from the server, decoded exactly there and kept here within a bound; what may be asked next is fetched ahead.
const MOST_BYTES = 192 * 2 ** 20;
const LEAST_KEPT = 12;

class Pictures {
  constructor() { this.kept = new Map(); }

  close() { for (const key of [...this.kept.keys()]) this.drop(key); }

  address(of, picture, number) {
    const hrc = picture.hrc === null ? "" : `?hrc=${encodeURIComponent(picture.hrc)}`;
    return `/console-frame/${encodeURIComponent(of.study)}/${encodeURIComponent(of.src)}/${number}${hrc}`;
  }

  // One promise a picture: whoever asks meanwhile waits for the same answer.
  get(of, picture, number, priority = "high") {
    const key = this.address(of, picture, number);
    let entry = this.kept.get(key);
    if (!entry) {
      entry = { stop: new AbortController(), size: 0, bitmap: null };
      entry.promise = this.load(key, entry, priority);
      entry.promise.catch(() => { if (this.kept.get(key) === entry) this.kept.delete(key); });
    } else this.kept.delete(key);
    this.kept.set(key, entry);
    return entry.promise;
  }

  async load(key, entry, priority) {
    const answer = await fetch(key, { signal: entry.stop.signal, credentials: "same-origin", priority });
    if (!answer.ok) {
      const plain = (answer.headers.get("content-type") || "").startsWith("text/plain");
      throw new Error(plain ? await answer.text() : `the server answered ${answer.status}`);
    }
    entry.bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    entry.size = entry.bitmap.width * entry.bitmap.height * 4;
    this.trim();
    return entry.bitmap;
  }

  // What was asked for on the way and is no longer wanted.
  forget(of, pictures, number) {
    const wanted = new Set(pictures.map((picture) => this.address(of, picture, number)));
    for (const [key, entry] of [...this.kept]) if (!entry.bitmap && !wanted.has(key)) this.drop(key);
  }

  drop(key) {
    const entry = this.kept.get(key);
    this.kept.delete(key);
    if (entry.bitmap) entry.bitmap.close(); else entry.stop.abort();
  }

  trim() {
    let bytes = 0;
    for (const entry of this.kept.values()) bytes += entry.size;
    for (const [key, entry] of [...this.kept]) {
      if (bytes <= MOST_BYTES || this.kept.size <= LEAST_KEPT) return;
      if (!entry.bitmap) continue;
      bytes -= entry.size;
      this.drop(key);
    }
  }
}
