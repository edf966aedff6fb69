// The user's token: in this tab's storage and nowhere else.

const KEY = 'movieserver-token';

export const token = () => sessionStorage.getItem(KEY);
export const keep = (value) => sessionStorage.setItem(KEY, value);
export const forget = () => sessionStorage.removeItem(KEY);
