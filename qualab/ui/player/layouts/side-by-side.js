// Both pictures at once, A left and B right.
LAYOUTS["side-by-side"] = {
  views: ["left", "right"],
  parts: () => ({ left: [["left", 0, 1]], right: [["right", 0, 1]] }),
  captions: () => SIDES,
  missing: (playback) => (playback.plays === 0 ? "missing.play" : null),
  hint: "hint.side-by-side",
  keys: (player) => ({ " ": () => player.playback.toggle() }),
  substitute: ({ trial, dpr }, width) => (2 * (trial.width / dpr) + 3 * GAP > width ? "toggle" : null),
};
