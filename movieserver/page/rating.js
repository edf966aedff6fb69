// Rating the film that is shown, by the token that was pasted.

import { call } from './api.js';
import { $, element } from './dom.js';
import { forget, keep, token } from './token.js';

const place = document.querySelector('meta[name=rating]').content;
export const possible = place !== '';
const base = place === 'here' ? '' : place;
let movieId = '';
let changed = () => {};
// What was asked for last alone is told, and rates go out one after the other: so the last press
// is what is shown and what is stored, whichever answer is the first.
let turn = 0;
let sent = Promise.resolve();

const path = (id) => `${base}/movies/${encodeURIComponent(id)}/users/rate`;

function say(text, bad = false) {
  $('own-status').textContent = text;
  $('own-status').classList.toggle('bad', bad);
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

// A token that was refused is of no use: it is forgotten, so that it is refused once.
function explain(error, used) {
  if (error.status !== 401) {
    say(error.message, true);
  } else if (used === token()) {
    forget();
    showToken();
    show(null);
    say(`${error.message} It is forgotten.`, true);
  }
}

async function deliver(id, rate, used, mine) {
  const headers = { Authorization: `Bearer ${used}` };
  const request = rate === null ? { method: 'DELETE', headers } : {
    method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ rate }),
  };
  try {
    await call(path(id), request);
  } catch (error) {
    explain(error, used);
    if (error.status === 401) $('token').focus();
    return;
  }
  changed(id);
  if (id !== movieId) return;
  show(rate);
  if (mine === turn) say(rate === null ? 'Your rate is taken back.' : `You gave it ${rate} of 10.`);
}

function send(rate) {
  const [id, used, mine] = [movieId, token(), turn += 1];
  if (!used) {
    say('Paste a token first: it tells the server who you are.', true);
    $('token').focus();
    return;
  }
  sent = sent.then(() => deliver(id, rate, used, mine));
}

export async function showRating(id) {
  const [used, mine] = [token(), turn += 1];
  movieId = id;
  say('');
  show(null);
  if (!possible || !used) return;
  await sent;
  if (mine !== turn) return;
  try {
    const { rate } = await call(path(id), { headers: { Authorization: `Bearer ${used}` } });
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
  showRating(movieId);
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
