// The screen and the window a viewer sits at.
function viewport() {
  return {
    dpr: window.devicePixelRatio || 1, viewport_width: window.innerWidth, viewport_height: window.innerHeight,
    screen_width: window.screen.width, screen_height: window.screen.height,
  };
}

// By the page's own key or by the browser's: a window that is merely as large as the screen still shows the desktop.
function isFullScreen() {
  return document.fullscreenElement !== null || window.matchMedia("(display-mode: fullscreen)").matches;
}

function wantsLessMotion() { return window.matchMedia("(prefers-reduced-motion: reduce)").matches; }

function isTouch() { return window.matchMedia("(hover: none)").matches; }

// The median of the times between pictures of the screen; 0 where the page is not drawn at all.
async function measureRefresh(count = 30) {
  const times = [];
  const measured = new Promise((resolve) => {
    const tick = (now) => { times.push(now); if (times.length > count) resolve(); else requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  });
  await Promise.race([measured, pause(3000)]);
  const gaps = times.slice(1).map((time, n) => time - times[n]).sort((a, b) => a - b);
  return gaps.length ? Math.round(10000 / gaps[Math.floor(gaps.length / 2)]) / 10 : 0;
}

function conditions(refresh, language) {
  return {
    ...viewport(), refresh_hz: refresh, colour_depth: window.screen.colorDepth, touch: navigator.maxTouchPoints > 0,
    reduced_motion: wantsLessMotion(), language: (navigator.language || language).slice(0, 40),
  };
}
