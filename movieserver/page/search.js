// Finding a nominee by the beginning of its title, and looking a whole title up.

import { beginning, film, lookUp } from './api.js';
import { $, chip, counted, fill } from './dom.js';
import { hideFilm, showFilm } from './film.js';
import { Options } from './options.js';
import { named, remember } from './place.js';

const PAUSE = 180;
const EXAMPLES = [
  ['Parasite', '2019'], ['Mutiny on the Bounty', '1935'], ['12 Angry Men', '1957'],
  ['All about Eve', '1950'], ['The Godfather', '1972'], ['Wings', '1927'],
];
let timer = 0;
let asked = new AbortController();
let options = null;

function found(nominee) {
  options.show([]);
  const answer = nominee.won ? 'won Best Picture' : 'was nominated and did not win';
  say(`${nominee.title} ${answer}: ${nominee.year}.`, false);
  fill($('suggestions'), []);
  remember({ title: nominee.title, year: parseInt(nominee.year, 10) }, nominee.title);
  showFilm(nominee.id, nominee.title, nominee, choose);
}

function notFound(error) {
  options.show([]);
  $('welcome').hidden = true;
  const suggestions = error.problem?.suggestions ?? [];
  say(suggestions.length ? `${error.message} Did you mean:` : error.message, true);
  fill($('suggestions'), suggestions.map(
    (each) => chip(`${each.title}, ${each.year}`, () => choose(each)),
  ));
  hideFilm();
  // After any other error the same address may be of use again.
  if (error.status === 404) remember(null);
}

// Whatever was asked before is not waited for any longer.
function anew() {
  clearTimeout(timer);
  asked.abort();
  asked = new AbortController();
  return asked.signal;
}

async function look(title, year, denied = notFound) {
  const signal = anew();
  const nominee = await lookUp(title, year, signal).catch((error) => error);
  if (signal.aborted) return false;
  if (nominee instanceof Error) (nominee.status === 404 ? denied : notFound)(nominee);
  else found(nominee);
  return !(nominee instanceof Error);
}

async function begin(prefix, some, none) {
  const signal = anew();
  const begun = await beginning(prefix, signal).catch((error) => error);
  if (signal.aborted) return;
  if (begun instanceof Error) notFound(begun);
  else if (begun.result.length) some(begun.result);
  else none();
}

function offer(nominees) {
  fill($('suggestions'), []);
  options.show(nominees);
  say(`${counted(nominees.length, 'nominee')} to choose from.`, false);
}

// What is no whole title may be a beginning, which is enough where one nominee has it.
function ask(title) {
  const some = (nominees) => (nominees.length === 1 ? choose(nominees[0]) : offer(nominees));
  look(title, null, (error) => begin(title, some, () => notFound(error)));
}

function typed() {
  anew();
  const title = $('title').value.trim();
  // What nothing begins with may still be a whole title, with a year or a second title behind it.
  if (title) timer = setTimeout(() => begin(title, offer, () => look(title)), PAUSE);
  else clear();
}

function clear() {
  anew();
  options.show([]);
  say('', true);
  fill($('suggestions'), []);
  hideFilm();
  remember(null);
  $('welcome').hidden = false;
}

// Shows the film that the address names; the focus stays where it is.
function open() {
  const { title = '', year, film: id } = named();
  $('title').value = title;
  if (title) look(title, year);
  else if (id) openMovie(id);
  else clear();
}

async function openMovie(id) {
  const signal = anew();
  const movie = await film(id).catch((error) => error);
  if (signal.aborted) return;
  if (movie instanceof Error) notFound(movie);
  else showMovie(movie);
}

// What the eye sees in the film's card already is told to listeners alone. The place stays on the
// page while it is empty: listeners are told of changes to what is there.
function say(text, seen) {
  $('status').classList.toggle('unseen', !seen || !text);
  $('status').textContent = text;
}

// A nominee that was pressed: its title goes into the field, and its heading takes the focus.
export async function choose(nominee) {
  $('title').value = nominee.title;
  if (await look(nominee.title, nominee.year)) $('film-title').focus();
}

// A film of the top ten that was pressed.
export async function chooseMovie(movie) {
  if (await showMovie(movie)) $('film-title').focus();
}

// A film that may be no nominee; returns whether it is shown.
async function showMovie(movie) {
  const signal = anew();
  options.show([]);
  const answer = await lookUp(movie.title, null, signal).catch((error) => error);
  if (signal.aborted) return false;
  const same = [answer, ...(answer.alternatives ?? [])].find((each) => each.id === movie.id);
  $('title').value = same?.title ?? '';
  if (same) return look(same.title, same.year);
  // No nominee has such a title, or one that is too long; whatever else went wrong proves nothing.
  const unknown = !(answer instanceof Error) || [400, 404].includes(answer.status);
  say(unknown ? `${movie.title} was not nominated for Best Picture.` : answer.message, true);
  fill($('suggestions'), []);
  remember({ film: movie.id }, movie.title);
  showFilm(movie.id, movie.title, null, choose);
  return true;
}

export function start() {
  fill($('examples'), EXAMPLES.map(([title, year]) => chip(title, () => choose({ title, year }))));
  options = new Options($('title'), $('options'), choose);
  $('title').addEventListener('input', typed);
  $('search').addEventListener('submit', (event) => {
    event.preventDefault();
    const title = $('title').value.trim();
    if (title) ask(title);
  });
  addEventListener('popstate', open);
  open();
}
