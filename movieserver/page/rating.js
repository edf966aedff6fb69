// Rating the film that is shown, with the token that was pasted.

import { call } from './api.js';
import { $, element } from './dom.js';
import { forget, keep, token } from './token.js';

const place = document.querySelector('meta[name=rating]').content;
export const possible = place !== '';
const base = place === 'here' ? '' : place;
const NONE = { id: '', title: '' };
let film = NONE;
let changed = () => {};
// Only the outcome of the last press is told, and rates are sent one after the other: so the last
// press is both shown and stored, whichever answer arrives first.
let turn = 0;
let sent = Promise.resolve();
const waiting = [];

const path = (id) => `${base}/movies/${encodeURIComponent(id)}/users/rate`;

function say(text, bad = false) {
  $('own-status').textContent = text;
  $('own-status').classList.toggle('bad', bad);
}

// Tells of a failed rate with its film's name, once another film was shown or another token was in
// use. The text stays until the next rate, because nothing else says that this one is not stored.
function miss(asked, text) {
  $('missed').append(`Your rate of ${asked.title}: ${text} `);
}

function show(rate) {
  for (const button of $('choices').children) {
    button.setAttribute('aria-pressed', String(button.value === String(rate)));
  }
  $('take-back').hidden = rate === null;
}

function showToken() {
  $('forget-token').hidden = !token();
  $('token').placeholder = token() ? 'a token is in use' : 'eyJ…';
}

// A token that was refused is useless: it is forgotten, so that it is refused only once.
function explain(error, used, tell = say) {
  if (error.status !== 401) {
    tell(error.message, true);
  } else if (used === token()) {
    forget();
    showToken();
    show(null);
    tell(`${error.message} It is forgotten.`, true);
  }
}

// A failure does not matter if a later press for the same film is on its way. A refused token that is
// no longer in use need not be forgotten, but its rate is not stored.
function fail(error, { asked, rate, used, mine }) {
  if (waiting.some((later) => later.asked.id === asked.id && later.used === used)) return;
  const last = mine === turn;
  if (error.status === 401 && used !== token()) {
    miss(asked, `${rate === null ? 'not taken back' : 'not stored'}, its token was refused.`);
    if (last) say('');
    return;
  }
  explain(error, used, last ? say : (text) => miss(asked, text));
  if (error.status === 401 && last) $('token').focus();
}

async function deliver(press) {
  const { asked, rate, used, mine } = press;
  const headers = { Authorization: `Bearer ${used}` };
  const request = rate === null ? { method: 'DELETE', headers } : {
    method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ rate }),
  };
  try {
    await call(path(asked.id), request);
  } catch (error) {
    fail(error, press);
    return;
  }
  changed(asked.id);
  if (asked.id !== film.id || used !== token()) return;
  show(rate);
  if (mine === turn) say(rate === null ? 'Your rate was taken back.' : `You gave it ${rate} of 10.`);
}

function send(rate) {
  const press = { asked: film, rate, used: token(), mine: turn += 1 };
  $('missed').textContent = '';
  if (!press.used) {
    say('Paste a token first: it tells the server who you are.', true);
    $('token').focus();
    return;
  }
  say('Storing …');
  waiting.push(press);
  sent = sent.then(() => deliver(waiting.shift()));
}

export function leaveFilm() {
  turn += 1;
  film = NONE;
}

export async function showRating(shown) {
  const [used, mine] = [token(), turn += 1];
  film = shown;
  say('');
  show(null);
  if (!possible || !used) return;
  await sent;
  if (mine !== turn) return;
  try {
    const { rate } = await call(path(shown.id), { headers: { Authorization: `Bearer ${used}` } });
    if (mine !== turn) return;
    show(rate);
    say(`You gave it ${rate} of 10.`);
  } catch (error) {
    if (mine === turn && error.status !== 404) explain(error, used);
  }
}

function useToken(event) {
  event.preventDefault();
  const pasted = $('token').value.trim().replace(/^bearer\s+/i, '');
  if (!pasted) {
    say('There is no token in the field.', true);
    return;
  }
  if (!/^[\x21-\x7e]+$/.test(pasted)) {
    say('This is no token: it has spaces, or letters that no token has.', true);
    return;
  }
  keep(pasted);
  $('token').value = '';
  showToken();
  showRating(film);
}

export function start(onChange) {
  $('rating').hidden = !possible;
  $('no-rating').hidden = possible;
  changed = onChange;
  for (let rate = 1; rate <= 10; rate += 1) {
    const button = element('button', { type: 'button', value: rate, textContent: rate });
    button.setAttribute('aria-label', `Rate it ${rate} of 10`);
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => send(rate));
    $('choices').append(button);
  }
  $('take-back').addEventListener('click', () => { $('choices').firstChild.focus(); send(null); });
  $('token-form').addEventListener('submit', useToken);
  $('forget-token').addEventListener('click', () => {
    turn += 1;
    forget();
    showToken();
    show(null);
    say('The token is forgotten.');
    $('token').focus();
  });
  showToken();
}
