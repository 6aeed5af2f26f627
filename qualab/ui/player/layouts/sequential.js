// A, then grey, then B; as often as the viewer asks for it.
const GREY_MS = 500;
LAYOUTS["sequential"] = {
  views: ["one"],
  parts: (stage) => ({ one: [[stage.side, 0, 1]] }),
  captions: (stage) => [stage.side],
  missing: (show) => (show.plays === 0 ? "missing.both" : null),
  hint: "hint.sequential",
  acts: (room) => ({ " ": () => room.show.toggle() }),
  async rewind(show) {
    show.stage.cover(true);
    await show.source.rewind();
    show.stage.turn("left");
    show.stage.cover(false);
  },
  async ended(show) {
    show.stage.cover(true);
    if (show.stage.side === "right") { show.whole(); return; }
    await Promise.all([show.source.rewind(), pause(GREY_MS)]);
    if (!show.alive) return;
    show.stage.turn("right");
    show.stage.cover(false);
    await show.run();
  },
};
