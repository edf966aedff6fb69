// The few helpers that every part of the page uses for its elements.

export const $ = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function fill(list, items) {
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}

export function chip(text, press) {
  const button = element('button', { type: 'button', textContent: text });
  button.addEventListener('click', press);
  return element('li', {}, button);
}

export const counted = (count, word) =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
