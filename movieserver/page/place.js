// The film in the page's address, so that it can be bookmarked, shared, reloaded and gone back to.

const NAME = document.title;
let shown = location.search;
// Whether the page is still looking up what its address asks for.
let arriving = true;

// What the address asks for: a film by its id, or a title that somebody typed there.
export const asked = () => Object.fromEntries(new URLSearchParams(location.search));

export function entitle(title) {
  document.title = title ? `${title}: Best Picture?` : NAME;
}

export function remember(id) {
  const address = location.pathname + (id ? `?${new URLSearchParams({ film: id })}` : '');
  const same = address === location.pathname + location.search;
  // The result of an address replaces it in the history, so that Back does not lead to it again.
  history[same || arriving ? 'replaceState' : 'pushState'](null, '', address);
  shown = location.search;
  arriving = false;
}

// Calls `open` when Back or Forward leads to another film, not just to another part of the page.
export function follow(open) {
  addEventListener('popstate', () => {
    if (location.search === shown) return;
    shown = location.search;
    arriving = true;
    open();
  });
}
