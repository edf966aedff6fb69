// Finding a nominee by the beginning of its title, and looking a whole title up.

import { beginning, filmOf, lookUp, nomineeOf } from './api.js';
import { $, chip, counted, fill } from './dom.js';
import { hideFilm, showFilm } from './film.js';
import { Options } from './options.js';
import { asked as addressed, entitle, follow, remember } from './place.js';

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
  remember(nominee.id);
  entitle(nominee.title);
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
  // After any other error the same address may work the next time.
  if (error.status === 404) remember();
  entitle();
}

// Cancels whatever was asked before; returns the signal that will cancel the next question.
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

// A text that is no whole title may be the beginning of one; if only one nominee fits, choose it.
function ask(title) {
  const some = (nominees) => (nominees.length === 1 ? choose(nominees[0]) : offer(nominees));
  look(title, null, (error) => begin(title, some, () => notFound(error)));
}

function typed() {
  anew();
  const title = $('title').value.trim();
  // A text that no title begins with may still be a whole title with a year or a second title.
  if (title) timer = setTimeout(() => begin(title, offer, () => look(title)), PAUSE);
  else clear();
}

function clear() {
  anew();
  options.show([]);
  say('', true);
  fill($('suggestions'), []);
  hideFilm();
  remember();
  entitle();
  $('welcome').hidden = false;
}

// Shows what the address asks for; the focus stays where it is.
function open() {
  const { title = '', film } = addressed();
  $('title').value = title;
  if (film) show(film);
  else if (title) look(title);
  else clear();
}

// A text that is not `seen` is for screen readers alone, because the film's card shows it already.
// The element stays on the page while empty: screen readers tell changes of existing elements only.
function say(text, seen) {
  $('status').classList.toggle('unseen', !seen || !text);
  $('status').textContent = text;
}

// Shows a film that was pressed: its title goes into the field, and its heading takes the focus.
export async function choose({ id, title, year }) {
  $('title').value = title;
  if (await (id ? show(id, title) : look(title, year))) $('film-title').focus();
}

// Shows the film of an id, whether it is a nominee or not; returns whether it is shown.
async function show(id, title) {
  const signal = anew();
  options.show([]);
  const nominee = await nomineeOf(id, signal).catch((error) => error);
  if (signal.aborted) return false;
  if (nominee instanceof Error) return showOther(id, title, nominee, signal);
  $('title').value = nominee.title;
  found(nominee);
  return true;
}

// Shows a film that is not a nominee, or that cannot be looked up among the nominees now.
async function showOther(id, known, failure, signal) {
  // An id such as `search` reaches another path, which may answer 400 because it needs a parameter.
  const unknown = failure.status === 404 || failure.status === 400;
  let movie = known ? { title: known } : failure;
  if (unknown && !known) movie = await filmOf(id).catch((error) => error);
  if (signal.aborted) return false;
  if (movie instanceof Error) {
    notFound(movie);
    return false;
  }
  $('title').value = '';
  say(unknown ? `${movie.title} was not nominated for Best Picture.` : failure.message, true);
  fill($('suggestions'), []);
  remember(id);
  entitle(movie.title);
  showFilm(id, movie.title, null, choose);
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
  follow(open);
  open();
}
