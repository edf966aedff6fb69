// The film in the page's address, so that it can be kept, sent on, reloaded and gone back to.

const NAME = document.title;
let shown = location.search;

// What the address asks for: the film of an id, or a title that somebody wrote there.
export const asked = () => Object.fromEntries(new URLSearchParams(location.search));

export function entitle(title) {
  document.title = title ? `${title}: Best Picture?` : NAME;
}

export function remember(id) {
  const address = location.pathname + (id ? `?${new URLSearchParams({ film: id })}` : '');
  const same = address === location.pathname + location.search;
  // What somebody wrote by hand is replaced, so that the way back does not lead to it again.
  const written = history.state === null && location.search;
  history[same || written ? 'replaceState' : 'pushState']({}, '', address);
  shown = location.search;
}

// Calls when the way back or forth leads to another film, not to another part of the page.
export function follow(open) {
  addEventListener('popstate', () => {
    if (location.search === shown) return;
    shown = location.search;
    open();
  });
}
