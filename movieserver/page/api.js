// The server's answers. Every failure but an abort is an ApiError whose message is a sentence.

// Milliseconds to wait for an answer; a server that is up gives one within a few seconds.
const LONGEST = 10_000;

export class ApiError extends Error {
  constructor(status, message, problem = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

// To a page, a server that is down looks the same as one that does not allow the page's origin.
function silence(url) {
  const { origin } = new URL(url, location);
  return origin === location.origin
    ? 'The server does not answer. Please try again.'
    : `${origin} does not answer this page: it is down, or does not allow this page to call it.`;
}

export async function call(url, options = {}) {
  const signals = [options.signal, AbortSignal.timeout(LONGEST)].filter(Boolean);
  // Browsers from before 2024 cannot wait for either; they wait as long as it takes.
  const signal = AbortSignal.any?.(signals) ?? options.signal;
  let response;
  let body;
  try {
    response = await fetch(url, { ...options, signal });
    body = response.status === 204 ? null : await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    if (!(error instanceof SyntaxError)) throw new ApiError(0, silence(url));
  }
  if (!response.ok) {
    const message = body?.message || `The server answered ${response.status}.`;
    throw new ApiError(response.status, message, body ?? {});
  }
  if (body === undefined) throw new ApiError(response.status, 'The answer cannot be read.');
  return body;
}

export const lookUp = (title, year, signal) => {
  const query = new URLSearchParams(year ? { title, year } : { title });
  return call(`/movies/bestpictures?${query}`, { signal });
};

export const beginning = (prefix, signal) =>
  call(`/movies/bestpictures/search?${new URLSearchParams({ prefix })}`, { signal });

export const ceremony = (number) => call(`/movies/bestpictures/ceremonies/${number}`);

export const nomineeOf = (id, signal) => call(`/movies/bestpictures/${encodeURIComponent(id)}`, { signal });

// An id such as `top10` reaches another path, whose answer is not a film.
export async function filmOf(id) {
  const missing = new ApiError(404, 'This film is not in the catalogue.');
  // A browser takes these for folders.
  if (id === '.' || id === '..') throw missing;
  const movie = await call(`/movies/${encodeURIComponent(id)}`);
  if (movie.id !== id) throw missing;
  return movie;
}
