// Rows of a list: what something is, more about it, and what can be done with it.

const template = document.getElementById('row');

/** @param {{ name: string, about: string, act?: { words: string, label: string, run: () => void } }} row */
export function makeRow({ name, about, act }) {
  const row = template.content.cloneNode(true).firstElementChild;
  const part = (each) => row.querySelector(`[data-part="${each}"]`);
  part('name').textContent = name;
  part('about').textContent = about;
  if (act) {
    const button = part('act');
    button.hidden = false;
    button.textContent = act.words;
    button.setAttribute('aria-label', act.label);
    button.addEventListener('click', act.run);
  }
  return row;
}

export function timeOf(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
