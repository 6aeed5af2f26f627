// What the canvases show: two pictures and a line, a difference made visible, a magnified spot.
const LENS_ZOOM = 4;
const LENS_SIDE = 240;

function contextOf(canvas, width, height, isRead = false) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d", { alpha: false, willReadFrequently: isRead });
}

function drawWhole(canvas, bitmap) {
  contextOf(canvas, bitmap.width, bitmap.height).drawImage(bitmap, 0, 0);
}

function drawWipe(canvas, left, right, share) {
  const { width, height } = left;
  const context = contextOf(canvas, width, height);
  const at = Math.round(width * share);
  context.drawImage(right, 0, 0, width, height);
  if (at > 0) context.drawImage(left, 0, 0, at, height, 0, 0, at, height);
}

const scratch = [document.createElement("canvas"), document.createElement("canvas")];

function pixels(place, bitmap) {
  const context = contextOf(scratch[place], bitmap.width, bitmap.height, true);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// Black where both agree; each channel shows its own distance, `gain` times. Returns the largest distance.
function drawDifference(canvas, minuend, subtrahend, gain) {
  const [first, second] = [pixels(0, minuend), pixels(1, subtrahend)];
  const [a, b] = [first.data, second.data];
  let largest = 0;
  for (let at = 0; at < a.length; at += 4) {
    for (let channel = at; channel < at + 3; channel += 1) {
      const distance = Math.abs(a[channel] - b[channel]);
      if (distance > largest) largest = distance;
      a[channel] = distance * gain;
    }
    a[at + 3] = 255;
  }
  contextOf(canvas, minuend.width, minuend.height).putImageData(first, 0, 0);
  return largest;
}

// `spot` is in shares of the picture, so that all lenses look at the same place.
function drawLens(canvas, bitmap, spot) {
  const context = contextOf(canvas, LENS_SIDE, Math.round(LENS_SIDE * 0.66));
  const [width, height] = [canvas.width / LENS_ZOOM, canvas.height / LENS_ZOOM];
  const left = Math.round(Math.min(Math.max(spot.x * bitmap.width - width / 2, 0), Math.max(bitmap.width - width, 0)));
  const top = Math.round(Math.min(Math.max(spot.y * bitmap.height - height / 2, 0), Math.max(bitmap.height - height, 0)));
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#777";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, left, top, width, height, 0, 0, canvas.width, canvas.height);
}
