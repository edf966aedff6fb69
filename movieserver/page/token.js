// The user's token: in this tab's storage and nowhere else. Where a browser allows pages no storage,
// asking for it throws; the token then lasts until the page is left.

const KEY = 'movieserver-token';
let spare = null;

function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

// Not from `spare` if there is storage: in a page that Back brings again, that may be an old token.
export const token = () => (storage() ? storage().getItem(KEY) : spare);

export function keep(value) {
  spare = value;
  storage()?.setItem(KEY, value);
}

export function forget() {
  spare = null;
  storage()?.removeItem(KEY);
}
