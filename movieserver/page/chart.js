// A film's ten counts as bars, and in words for screen readers. There is room for four characters
// above a bar, so a large count is shortened there; the words give it in full.

import { counted } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const short = new Intl.NumberFormat('en', { notation: 'compact' });
const WIDTH = 400, TOP = 20, HEIGHT = 90, STEP = WIDTH / 10;

function shape(name, attributes, text = '') {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

export function inWords(distribution) {
  const given = distribution
    .map((count, index) => [count, index + 1])
    .filter(([count]) => count)
    .reverse()
    .map(([count, rate]) => `${rate} by ${counted(count, 'user')}`);
  return `Rates from 10 to 1: ${given.join(', ')}.`;
}

export function chart(distribution) {
  const svg = shape('svg', {
    viewBox: `0 0 ${WIDTH} ${TOP + HEIGHT + 22}`, role: 'img', 'aria-label': inWords(distribution),
  });
  const bars = shape('g', { 'aria-hidden': 'true' });
  const most = Math.max(...distribution);
  distribution.forEach((count, index) => {
    const tall = count ? Math.max(HEIGHT * count / most, 3) : 2;
    const middle = (index + 0.5) * STEP;
    const y = TOP + HEIGHT - tall;
    bars.append(shape('rect', {
      x: index * STEP + 4, y, width: STEP - 8, height: tall, rx: 3, class: count ? 'some' : 'none',
    }));
    if (count) bars.append(shape('text', { x: middle, y: y - 5 }, short.format(count)));
    bars.append(shape('text', { x: middle, y: TOP + HEIGHT + 17 }, index + 1));
  });
  svg.append(bars);
  return svg;
}
