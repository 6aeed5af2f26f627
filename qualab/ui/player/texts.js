// The texts on the screen, in the study's language; {name} stands for a value.
function translator(strings) {
  return (key, values = {}) => (strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function translate(root, text, language) {
  root.querySelector(".player").lang = language;
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
}

// The controls below the answers name what they would do now.
function labelControls({ find, text, playback, stage }) {
  const { paused } = playback.source;
  find(".pause span").textContent = text(paused ? "control.play" : "control.pause");
  find(".pause").classList.toggle("primary", paused && playback.isStill && !playback.starts.length);
  find(".zoom").textContent = `${stage.zoom}×`;
}
