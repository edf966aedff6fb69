// Rating the film that is shown, by the token that was pasted.

import { call } from './api.js';
import { $, element } from './dom.js';
import { forget, keep, token } from './token.js';

const place = document.querySelector('meta[name=rating]').content;
export const possible = place !== '';
const base = place === 'here' ? '' : place;
let movieId = '';
let changed = () => {};

const path = () => `${base}/movies/${encodeURIComponent(movieId)}/users/rate`;
const bearer = () => ({ Authorization: `Bearer ${token()}` });

function say(text, bad = false) {
  $('own-status').textContent = text;
  $('own-status').classList.toggle('bad', bad);
}

function explain(error) {
  say(error.message, true);
  if (error.status === 401) $('token').focus();
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

async function send(method, rate) {
  if (!token()) {
    say('Paste a token first: it tells the server who you are.', true);
    $('token').focus();
    return;
  }
  const rated = movieId;
  const body = rate === null ? {} : { body: JSON.stringify({ rate }) };
  const headers = { ...bearer(), ...(rate === null ? {} : { 'Content-Type': 'application/json' }) };
  try {
    await call(path(), { method, headers, ...body });
  } catch (error) {
    explain(error);
    return;
  }
  if (rated !== movieId) return;
  show(rate);
  say(rate === null ? 'Your rate is taken back.' : `You gave it ${rate} of 10.`);
  changed(rated);
}

export async function showRating(id) {
  movieId = id;
  say('');
  show(null);
  if (!possible || !token()) return;
  try {
    const { rate } = await call(path(), { headers: bearer() });
    if (id !== movieId) return;
    show(rate);
    say(`You gave it ${rate} of 10.`);
  } catch (error) {
    if (id === movieId && error.status !== 404) say(error.message, true);
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
    button.addEventListener('click', () => send('POST', rate));
    $('choices').append(button);
  }
  $('take-back').addEventListener('click', () => { $('choices').firstChild.focus(); send('DELETE', null); });
  $('token-form').addEventListener('submit', useToken);
  $('forget-token').addEventListener('click', () => {
    forget();
    showToken();
    show(null);
    say('The token is forgotten.');
    $('token').focus();
  });
  showToken();
}
