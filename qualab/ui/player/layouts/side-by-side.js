// Both pictures at once, A left and B right.
LAYOUTS["side-by-side"] = {
  views: ["left", "right"],
  parts: () => ({ left: [["left", 0, 1]], right: [["right", 0, 1]] }),
  captions: () => SIDES,
  missing: (show) => (show.plays === 0 ? "missing.play" : null),
  hint: "hint.side-by-side",
  acts: (room) => ({ " ": () => room.show.toggle() }),
};
