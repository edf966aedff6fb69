// The list below a field, by ARIA's combobox pattern: the focus stays in the field, arrows move in
// the list, Enter takes the current option, Escape closes the list.

import { element } from './dom.js';

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function option(nominee, index) {
  const star = element('span', { className: 'won', textContent: nominee.won ? '★' : '', ariaHidden: 'true' });
  const year = element('small', { textContent: ` ${nominee.year}${nominee.won ? ', won' : ''}` });
  const title = element('span', {}, nominee.title, year);
  return element('li', { id: `option-${index}`, role: 'option', ariaSelected: 'false' }, star, title);
}

export class Options {
  constructor(field, list, take) {
    Object.assign(this, { field, list, take, nominees: [], at: -1 });
    field.addEventListener('keydown', (event) => this.#key(event));
    field.addEventListener('input', () => this.#mark(-1));
    field.addEventListener('blur', () => this.close());
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const line = event.target.closest('li');
      if (line) this.#choose([...list.children].indexOf(line));
    });
  }

  show(nominees) {
    this.nominees = nominees;
    this.list.replaceChildren(...nominees.map(option));
    this.#open(nominees.length > 0 && document.activeElement === this.field);
  }

  close() {
    this.#open(false);
  }

  #open(open) {
    this.list.hidden = !open;
    this.field.ariaExpanded = String(open);
    this.#mark(-1);
  }

  #mark(at) {
    this.at = at;
    [...this.list.children].forEach((line, index) => { line.ariaSelected = String(index === at); });
    const line = this.list.children[at];
    this.field.setAttribute('aria-activedescendant', line?.id ?? '');
    line?.scrollIntoView({ block: 'nearest' });
  }

  #choose(at) {
    this.close();
    this.take(this.nominees[at]);
  }

  #move(step) {
    if (this.list.hidden) this.#open(true);
    const places = this.nominees.length + 1;
    this.#mark((this.at + 1 + step + places) % places - 1);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key in STEPS && this.nominees.length) this.#move(STEPS[event.key]);
    else if (event.key === 'Enter' && this.at >= 0) this.#choose(this.at);
    else if (event.key === 'Escape' && !this.list.hidden) this.close();
    else return;
    event.preventDefault();
  }
}
