// The film in the page's address, so that it can be kept, sent on, reloaded and gone back to.

const NAME = document.title;

// What the address says: a nominee's title and year, or the id of another film, or nothing.
export const named = () => Object.fromEntries(new URLSearchParams(location.search));

export function remember(query, title) {
  const address = location.pathname + (query ? `?${new URLSearchParams(query)}` : '');
  const same = address === location.pathname + location.search;
  // What somebody wrote by hand is replaced, so that the way back does not lead to it again.
  const written = history.state === null && location.search;
  history[same || written ? 'replaceState' : 'pushState']({}, '', address);
  document.title = title ? `${title}: Best Picture?` : NAME;
}
