// The ten best, kept up to date by the stream.

import { $, counted, element } from './dom.js';

const AGAIN = 5000, QUIET = 4000;
// How long to wait for the first beat: longer than any interval that a server may have.
const LONGEST = 660_000, MARGIN = 2000;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const rows = new Map();
let choose = () => {};
let changed = () => {};
let movies = [];
let newsTimer = 0, againTimer = 0, deadTimer = 0;
let source = null;

function made(id) {
  const button = element('button', { type: 'button' });
  const bar = element('span');
  const rate = element('span', { className: 'rate' });
  const track = element('span', { className: 'track' }, bar);
  track.ariaHidden = 'true';
  const line = element('li', {}, button, rate, track);
  button.addEventListener('click', () => choose(movies.find((movie) => movie.id === id)));
  return { line, button, rate, bar };
}

function write(row, movie) {
  row.button.textContent = movie.title;
  const rates = element('small', { textContent: counted(movie.rate_count, 'rate') });
  row.rate.replaceChildren(movie.rate.toFixed(1), rates);
  row.bar.style.width = `${movie.rate * 10}%`;
}

function move(row, before) {
  if (still.matches) return;
  if (before === undefined) {
    row.line.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 500 });
    return;
  }
  const by = before - row.line.offsetTop;
  if (!by) return;
  row.line.animate(
    [{ transform: `translateY(${by}px)`, zIndex: 1 }, { transform: 'none', zIndex: 1 }],
    { duration: 600, easing: 'cubic-bezier(.2, .8, .2, 1)' },
  );
}

function draw(next) {
  const places = new Map([...rows].map(([id, row]) => [id, row.line.offsetTop]));
  const focused = document.activeElement;
  for (const id of [...rows.keys()]) {
    if (!next.some((movie) => movie.id === id)) {
      rows.get(id).line.remove();
      rows.delete(id);
    }
  }
  next.forEach((movie, index) => {
    if (!rows.has(movie.id)) rows.set(movie.id, made(movie.id));
    const row = rows.get(movie.id);
    write(row, movie);
    if ($('ten').children[index] !== row.line) $('ten').insertBefore(row.line, $('ten').children[index] ?? null);
  });
  if (focused !== document.activeElement && focused.isConnected) focused.focus();
  if (places.size) for (const [id, row] of rows) move(row, places.get(id));
}

// Tells a new order in one sentence, and not more often than people can listen to.
function tell(next) {
  const order = (list) => list.map((movie) => movie.id).join();
  const same = order(movies) === order(next);
  if (!movies.length || same) return;
  clearTimeout(newsTimer);
  newsTimer = setTimeout(() => {
    const first = movies[0];
    $('news').textContent = `The ten best have changed. First is ${first.title} with ${first.rate.toFixed(1)}.`;
  }, QUIET);
}

function take(event) {
  const next = JSON.parse(event.data).result;
  tell(next);
  draw(next);
  movies = next;
  changed(next);
}

function live(on) {
  $('live').textContent = on ? 'live' : 'connecting …';
  $('live').classList.toggle('on', on);
}

// Reconnects when the beats stop: a connection that is cut silently would look alive for ever.
function watch(milliseconds) {
  clearTimeout(deadTimer);
  deadTimer = setTimeout(follow, milliseconds);
}

function connect() {
  source = new EventSource('/movies/top10/stream');
  source.addEventListener('open', () => { live(true); watch(LONGEST); });
  source.addEventListener('beat', (event) => watch(2000 * event.data + MARGIN));
  source.addEventListener('top10', take);
  source.addEventListener('error', () => {
    live(false);
    // The browser reconnects by itself, unless it was refused.
    if (source.readyState === EventSource.CLOSED) againTimer = setTimeout(connect, AGAIN);
  });
}

// A browser opens at most six connections to one server, so a page that nobody sees, in another
// tab or kept for the Back button, must not hold one of them.
function follow() {
  clearTimeout(againTimer);
  clearTimeout(deadTimer);
  source?.close();
  live(false);
  if (document.visibilityState === 'visible') connect();
}

export function start(onChoose, onChange) {
  choose = onChoose;
  changed = onChange;
  document.addEventListener('visibilitychange', follow);
  follow();
}
