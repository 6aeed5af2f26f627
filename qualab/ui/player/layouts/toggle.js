// One picture at a time in the same place; the viewer changes between them.
LAYOUTS["toggle"] = {
  views: ["one"],
  parts: (stage) => ({ one: [[stage.side, 0, 1]] }),
  captions: (stage) => [stage.side],
  missing: (show) => (show.plays === 0 ? "missing.play" : show.stage.seen.size < 2 ? "missing.switch" : null),
  hint: "hint.toggle",
  tap: (room) => room.flip(),
  acts: (room) => ({ " ": () => room.hold(true), "t": () => room.flip() }),
};
