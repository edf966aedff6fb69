// Looking a title up while it is typed.

import { lookUp } from './api.js';
import { $, chip, fill } from './dom.js';
import { hideFilm, showFilm } from './film.js';

const PAUSE = 180;
let timer = 0;
let asked = new AbortController();

function found(nominee) {
  const answer = nominee.won ? 'won Best Picture' : 'was nominated and did not win';
  $('status').textContent = `${nominee.title} ${answer}: ${nominee.year}.`;
  fill($('suggestions'), []);
  showFilm(nominee.id, nominee.title, nominee, choose);
}

function notFound(error) {
  const suggestions = error.problem?.suggestions ?? [];
  $('status').textContent = suggestions.length ? `${error.message} Did you mean:` : error.message;
  fill($('suggestions'), suggestions.map(
    (each) => chip(`${each.title}, ${each.year}`, () => choose(each)),
  ));
  hideFilm();
}

async function look(title, year) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  try {
    const nominee = await lookUp(title, year, signal);
    if (!signal.aborted) found(nominee);
    return true;
  } catch (error) {
    if (error.name === 'AbortError' || signal.aborted) return false;
    notFound(error);
    return false;
  }
}

function typed() {
  clearTimeout(timer);
  const title = $('title').value.trim();
  if (title) {
    timer = setTimeout(() => look(title), PAUSE);
    return;
  }
  asked.abort();
  $('status').textContent = '';
  fill($('suggestions'), []);
  hideFilm();
}

// A nominee that was pressed: its title goes into the field, and its heading takes the focus.
export async function choose(nominee) {
  clearTimeout(timer);
  $('title').value = nominee.title;
  if (await look(nominee.title, nominee.year)) $('film-title').focus();
}

// A film of the top ten, which may be no nominee.
export async function chooseMovie(movie) {
  clearTimeout(timer);
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const nominee = await lookUp(movie.title, null, signal).catch(() => null);
  if (signal.aborted) return;
  const same = [nominee, ...(nominee?.alternatives ?? [])].find((each) => each?.id === movie.id);
  if (same) {
    await choose(same);
    return;
  }
  $('title').value = '';
  $('status').textContent = `${movie.title} was not nominated for Best Picture.`;
  fill($('suggestions'), []);
  showFilm(movie.id, movie.title, null, choose);
  $('film-title').focus();
}

export function start() {
  $('title').addEventListener('input', typed);
  $('search').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const title = $('title').value.trim();
    if (title) look(title);
  });
}
