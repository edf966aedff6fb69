// The film in the page's address, so that it can be kept, sent on, reloaded and gone back to.

const NAME = document.title;
let shown = location.search;
// Whether the page is on its way to what its address asks for.
let arriving = true;

// What the address asks for: the film of an id, or a title that somebody wrote there.
export const asked = () => Object.fromEntries(new URLSearchParams(location.search));

export function entitle(title) {
  document.title = title ? `${title}: Best Picture?` : NAME;
}

export function remember(id) {
  const address = location.pathname + (id ? `?${new URLSearchParams({ film: id })}` : '');
  const same = address === location.pathname + location.search;
  // What an address came to takes its place, so that the way back does not lead to it again.
  history[same || arriving ? 'replaceState' : 'pushState'](null, '', address);
  shown = location.search;
  arriving = false;
}

// Calls when the way back or forth leads to another film, not to another part of the page.
export function follow(open) {
  addEventListener('popstate', () => {
    if (location.search === shown) return;
    shown = location.search;
    arriving = true;
    open();
  });
}
