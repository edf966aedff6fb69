// One film: whether it won, its rates, and the nominees of its ceremony.

import { ceremony, filmOf } from './api.js';
import { chart } from './chart.js';
import { $, chip, counted, element, fill } from './dom.js';
import { leaveFilm, showRating } from './rating.js';

const TRIES = 8, PAUSE = 500;
let shown = null;
let drawn = '';
let turn = 0;

const numbers = (movie) => `${movie.rate} of ${movie.rate_count}`;

const money = (dollars) => new Intl.NumberFormat('en', {
  style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 1,
}).format(dollars);

export const ceremonyOf = (nominee) => Number(/\((\d+)/.exec(nominee.year)?.[1]);

function verdict(nominee) {
  if (!nominee) return '';
  return nominee.won ? '★ Won Best Picture' : 'Nominated for Best Picture, and did not win';
}

// What is busy is not seen: it still has what it showed of another film.
const busy = (id, is) => $(id).setAttribute('aria-busy', String(is));

function drawRates(movie) {
  busy('rates', false);
  drawn = numbers(movie);
  const mean = movie.rate_count
    ? [element('strong', { textContent: movie.rate.toFixed(1) }), ` of 10, by ${counted(movie.rate_count, 'user')}`]
    : ['Nobody has rated it yet.'];
  $('mean').replaceChildren(...mean);
  $('chart').replaceChildren(...(movie.rate_count ? [chart(movie.distribution)] : []));
}

function drawFailure(error) {
  busy('rates', false);
  $('mean').textContent = error.message;
  $('chart').replaceChildren();
}

async function loadRates(id, fail = drawFailure) {
  const movie = await filmOf(id).catch((error) => error);
  if (shown !== id) return null;
  if (movie instanceof Error) {
    fail(movie);
    return null;
  }
  drawRates(movie);
  return movie;
}

// If a question fails, the card keeps what it shows, and the next one may not fail. Of several loops,
// all but the latest end with their next question.
export async function refresh(id) {
  if (shown !== id) return;
  const mine = turn += 1;
  const before = $('chart').innerHTML;
  for (let tried = 0; tried < TRIES && shown === id; tried += 1) {
    await new Promise((done) => { setTimeout(done, PAUSE); });
    await loadRates(id, () => {});
    if (mine !== turn || $('chart').innerHTML !== before) return;
  }
}

// Takes the news of the ten best: if the film shown is one of them, its card follows.
export function hear(movies) {
  const movie = movies.find((each) => each.id === shown);
  if (movie && numbers(movie) !== drawn) refresh(shown);
}

async function loadCeremony(nominee, choose) {
  const list = await ceremony(ceremonyOf(nominee)).catch(() => null);
  if (shown !== nominee.id) return;
  busy('ceremony', false);
  $('ceremony').hidden = list === null;
  if (list === null) return;
  $('ceremony-title').textContent = `Nominees of ${list.year}`;
  $('nominees').replaceChildren(...list.result.map((each) => row(each, nominee, choose)));
}

function row(each, nominee, choose) {
  const line = chip(each.title, () => choose(each));
  line.prepend(element('span', { className: 'mark won', textContent: each.won ? '★' : '', ariaHidden: 'true' }));
  if (each.won) line.append(element('span', { className: 'won', textContent: 'won' }));
  if (each.id === nominee.id) line.querySelector('button').setAttribute('aria-current', 'true');
  return line;
}

function facts(nominee, movie) {
  const parts = nominee ? [nominee.year, nominee.additional_info] : [movie?.year];
  if (movie?.box_office_value) parts.push(`${money(movie.box_office_value)} at the box office`);
  return parts.filter(Boolean).join('\u00a0· ');
}

// Shows a film by its id and title; a nominee also brings its verdict and its ceremony.
export async function showFilm(id, title, nominee, choose) {
  if (shown !== id) {
    busy('rates', true);
    busy('ceremony', true);
  }
  shown = id;
  $('film').hidden = false;
  $('welcome').hidden = true;
  $('film-title').textContent = title;
  $('verdict').textContent = verdict(nominee);
  $('verdict').classList.toggle('won', Boolean(nominee?.won));
  $('facts').textContent = facts(nominee, null);
  fill($('alternatives'), (nominee?.alternatives ?? []).map(
    (each) => chip(`${each.title}, ${each.year}`, () => choose(each)),
  ));
  if (nominee) loadCeremony(nominee, choose);
  else $('ceremony').hidden = true;
  showRating({ id, title });
  const movie = await loadRates(id);
  if (movie) $('facts').textContent = facts(nominee, movie);
}

export function hideFilm() {
  shown = null;
  leaveFilm();
  $('film').hidden = true;
  $('ceremony').hidden = true;
}
