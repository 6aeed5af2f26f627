// A, then grey, then B; as often as the viewer plays it.
const GREY_MS = 500;
LAYOUTS["sequential"] = {
  views: ["single"],
  parts: (stage) => ({ single: [[stage.side, 0, 1]] }),
  captions: (stage) => [stage.side],
  missing: (playback) => (playback.plays === 0 ? "missing.both" : null),
  hint: "hint.sequential",
  keys: (player) => ({ " ": () => player.playback.toggle() }),
  async rewind({ stage, source }) {
    stage.cover(true);
    await source.rewind();
    stage.showSide("left");
    stage.cover(false);
  },
  async ended(playback) {
    const { stage, source } = playback;
    stage.cover(true);
    if (stage.side === "right") { playback.complete(); return; }
    await Promise.all([source.rewind(), pause(GREY_MS)]);
    if (!playback.isAlive) return;
    stage.showSide("right");
    stage.cover(false);
    await playback.play();
  },
};
