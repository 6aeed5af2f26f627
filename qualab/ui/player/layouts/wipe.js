// One picture, left of the line from A and right of it from B; the viewer moves the line.
const WIPE_STEP = 0.05;
const NEAR_PX = 28;
LAYOUTS["wipe"] = {
  views: ["single"],
  parts(stage) { return { single: [["left", 0, this.split(stage)], ["right", this.split(stage), 1]] }; },
  captions: () => SIDES,
  missing: ({ plays, stage }) => (plays === 0 ? "missing.play" : stage.switches === 0 ? "missing.wipe" : null),
  hint: "hint.wipe",
  keys(player) {
    const by = (step) => () => this.moveTo(player, this.split(player.stage) + step);
    return { " ": () => player.playback.toggle(), ",": by(-WIPE_STEP), ".": by(WIPE_STEP) };
  },
  tap(player, point) { this.moveTo(player, point.x / player.stage.w); },
  // Away from the line a drag pans, where there is something to pan.
  grabs(stage, point) {
    return !stage.pans || Math.abs(point.x - Math.round(this.split(stage) * stage.w)) < NEAR_PX * stage.dpr;
  },
  // A drag counts as one switch.
  drag(player, point, isFirst) { this.moveTo(player, point.x / player.stage.w, isFirst); },

  css: `
    .wipe figcaption { align-self: stretch; justify-content: space-between; }
    .divider { position: absolute; top: 0; bottom: 0; width: 44px; margin-left: -22px; cursor: ew-resize; touch-action: none;
      display: none; flex-direction: column; justify-content: flex-end; align-items: center; }
    .wipe .divider { display: flex; }
    .divider::before { content: ""; position: absolute; inset: 0 calc(50% - 1px); background: #fff; box-shadow: 0 0 0 1px #0008; }
    /* Of a picture that is taller than the window the handle stays above the answers. */
    .divider span { position: sticky; bottom: 9rem; flex: none; margin: 12px 0; width: 28px; height: 28px; border-radius: 50%;
      background: #2b2b2b; border: 2px solid #fff; }
    .divider span::before, .divider span::after { content: ""; position: absolute; top: 7px; border: 5px solid transparent; }
    .divider span::before { left: -1px; border-right-color: #fff; }
    .divider span::after { right: -1px; border-left-color: #fff; }
  `,
  setup(player) {
    const divider = element("div", { className: "divider", role: "slider", tabIndex: 0 }, element("span"));
    const labels = { label: player.text("divider"), valuemin: 0, valuemax: 100 };
    Object.entries(labels).forEach(([name, value]) => divider.setAttribute(`aria-${name}`, value));
    player.find(".single .frame").append(divider);
    player.on(divider, "keydown", (event) => {
      const split = this.split(player.stage);
      const share = { ArrowLeft: split - WIPE_STEP, ArrowRight: split + WIPE_STEP, Home: 0, End: 1 }[event.key];
      if (share === undefined || !player.isReady) return;
      event.preventDefault();
      this.moveTo(player, share);
    });
  },
  place(stage) {
    const divider = stage.find(".divider");
    divider.style.left = `${Math.round(this.split(stage) * stage.w) / stage.dpr}px`;
    divider.setAttribute("aria-valuenow", Math.round(100 * this.split(stage)));
  },

  split: (stage) => stage.state.split ?? 0.5,
  moveTo(player, share, isCounted = true) {
    const { stage } = player;
    if (isCounted) stage.switches += 1;
    stage.state.split = clamp(share, 0, 1);
    stage.place();
    stage.draw();
    player.update();
  },
};
