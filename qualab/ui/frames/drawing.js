// What the canvases show: two pictures and a line, a difference made visible, a magnified spot.
const LENS_ZOOM = 4;
const LENS_SIDE = 240;

function brush(canvas, width, height, reads = false) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d", { alpha: false, willReadFrequently: reads });
}

function drawWhole(canvas, bitmap) {
  brush(canvas, bitmap.width, bitmap.height).drawImage(bitmap, 0, 0);
}

function drawWipe(canvas, left, right, share) {
  const { width, height } = left;
  const pen = brush(canvas, width, height);
  const at = Math.round(width * share);
  pen.drawImage(right, 0, 0, width, height);
  if (at > 0) pen.drawImage(left, 0, 0, at, height, 0, 0, at, height);
}

const scratch = [document.createElement("canvas"), document.createElement("canvas")];

function pixels(place, bitmap) {
  const pen = brush(scratch[place], bitmap.width, bitmap.height, true);
  pen.drawImage(bitmap, 0, 0);
  return pen.getImageData(0, 0, bitmap.width, bitmap.height);
}

// Black where both agree; each channel shows its own distance, `gain` times. Returns the greatest distance.
function drawDifference(canvas, one, other, gain) {
  const [first, second] = [pixels(0, one), pixels(1, other)];
  const [a, b] = [first.data, second.data];
  let most = 0;
  for (let at = 0; at < a.length; at += 4) {
    for (let channel = at; channel < at + 3; channel += 1) {
      const distance = Math.abs(a[channel] - b[channel]);
      if (distance > most) most = distance;
      a[channel] = distance * gain;
    }
    a[at + 3] = 255;
  }
  brush(canvas, one.width, one.height).putImageData(first, 0, 0);
  return most;
}

// `spot` is in shares of the picture, so that all lenses look at the same place.
function drawLens(canvas, bitmap, spot) {
  const pen = brush(canvas, LENS_SIDE, Math.round(LENS_SIDE * 0.66));
  const [wide, high] = [canvas.width / LENS_ZOOM, canvas.height / LENS_ZOOM];
  const left = Math.round(Math.min(Math.max(spot.x * bitmap.width - wide / 2, 0), Math.max(bitmap.width - wide, 0)));
  const top = Math.round(Math.min(Math.max(spot.y * bitmap.height - high / 2, 0), Math.max(bitmap.height - high, 0)));
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = "#777";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, left, top, wide, high, 0, 0, canvas.width, canvas.height);
}
