// Frames from the server, decoded exactly there and cached here within a bound.
const MAX_BYTES = 192 * 2 ** 20;
const MIN_CACHED = 12;

class Pictures {
  constructor() { this.cache = new Map(); }

  close() { for (const key of [...this.cache.keys()]) this.drop(key); }

  address(clip, picture, number) {
    const hrc = picture.hrc === null ? "" : `?hrc=${encodeURIComponent(picture.hrc)}`;
    return `/console-frame/${encodeURIComponent(clip.study)}/${encodeURIComponent(clip.src)}/${number}${hrc}`;
  }

  // A promise for each picture: further calls wait for the same response.
  get(clip, picture, number, priority = "high") {
    const key = this.address(clip, picture, number);
    let entry = this.cache.get(key);
    if (!entry) {
      entry = { request: new AbortController(), size: 0, bitmap: null };
      entry.promise = this.load(key, entry, priority);
      entry.promise.catch(() => { if (this.cache.get(key) === entry) this.cache.delete(key); });
    } else this.cache.delete(key);
    this.cache.set(key, entry);
    return entry.promise;
  }

  async load(key, entry, priority) {
    const response = await fetch(key, { signal: entry.request.signal, credentials: "same-origin", priority });
    if (!response.ok) {
      const plain = (response.headers.get("content-type") || "").startsWith("text/plain");
      throw new Error(plain ? await response.text() : `the server answered ${response.status}`);
    }
    entry.bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    entry.size = entry.bitmap.width * entry.bitmap.height * 4;
    this.trim();
    return entry.bitmap;
  }

  // Requests for frames that were passed by.
  abortOthers(clip, pictures, number) {
    const wanted = new Set(pictures.map((picture) => this.address(clip, picture, number)));
    for (const [key, entry] of [...this.cache]) if (!entry.bitmap && !wanted.has(key)) this.drop(key);
  }

  drop(key) {
    const entry = this.cache.get(key);
    this.cache.delete(key);
    if (entry.bitmap) entry.bitmap.close(); else entry.request.abort();
  }

  trim() {
    let bytes = 0;
    for (const entry of this.cache.values()) bytes += entry.size;
    for (const [key, entry] of [...this.cache]) {
      if (bytes <= MAX_BYTES || this.cache.size <= MIN_CACHED) return;
      if (!entry.bitmap) continue;
      bytes -= entry.size;
      this.drop(key);
    }
  }
}
