// API keys: made, shown once, revoked.

import { ask, attemptIn } from './api.js';
import { isLooking } from './looking.js';
import { withProof } from './prove.js';

const form = document.getElementById('make-key');
const name = form.elements.namedItem('name');
const button = form.querySelector('button');
const problem = document.getElementById('key-problem');
const box = document.getElementById('new-key');
const text = document.getElementById('new-key-text');
const copy = document.getElementById('copy-key');
const list = document.getElementById('keys');
const template = document.getElementById('key-row');
const spoken = document.getElementById('spoken');

let onSignedOut = () => {};
const attempt = attemptIn(problem, () => onSignedOut());

/** @param {{ onSignedOut: () => void }} told */
export function startKeys(told) {
  if (isLooking) {
    form.hidden = true;
    problem.textContent = 'Only the person whose account this is sees and makes its keys.';
    problem.className = '';
    problem.hidden = false;
    return;
  }
  onSignedOut = told.onSignedOut;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-busy') !== 'true') attempt(make);
  });
  copy.addEventListener('click', copyKey);
  document.getElementById('hide-key').addEventListener('click', () => {
    text.textContent = '';
    box.hidden = true;
    name.focus();
  });
  return attempt(refresh);
}

async function make() {
  button.setAttribute('aria-busy', 'true');
  try {
    const body = { name: name.value.trim() || 'My key' };
    const made = await withProof(() => ask('/app/keys', { method: 'POST', body }));
    name.value = '';
    text.textContent = made.key;
    copy.textContent = 'Copy';
    box.hidden = false;
    copy.focus();
    await refresh();
  } finally {
    button.removeAttribute('aria-busy');
  }
}

async function refresh() {
  const { data } = await ask('/app/keys');
  list.replaceChildren(...data.map(makeRow));
}

function makeRow(key) {
  const row = template.content.cloneNode(true).firstElementChild;
  const part = (each) => row.querySelector(`[data-part="${each}"]`);
  part('name').textContent = key.name;
  part('about').textContent = about(key);
  const revoke = part('revoke');
  revoke.setAttribute('aria-label', `Revoke ${key.name}`);
  let isSure = false;
  const calm = () => {
    isSure = false;
    revoke.textContent = 'Revoke';
    revoke.setAttribute('aria-label', `Revoke ${key.name}`);
  };
  revoke.addEventListener('blur', calm);
  revoke.addEventListener('click', () => {
    if (isSure) return attempt(() => end(key));
    // What uses the key stops working, so it takes two.
    isSure = true;
    revoke.textContent = 'Really revoke?';
    revoke.setAttribute('aria-label', `Really revoke ${key.name}?`);
  });
  return row;
}

async function end(key) {
  await withProof(() => ask(`/app/keys/${key.id}`, { method: 'DELETE' }));
  spoken.textContent = `${key.name} does not work any more.`;
  await refresh();
  name.focus();
}

function about({ public_id: begins, last_used_at: used, expires_at: ends }) {
  const day = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: 'medium' });
  const use = used === null ? 'never used' : `last used ${day(used)}`;
  return [`clipt_live_${begins}…`, use, ends && `until ${day(ends)}`].filter(Boolean).join(' · ');
}

async function copyKey() {
  try {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = 'Copied';
    spoken.textContent = 'The key is copied.';
  } catch {
    getSelection().selectAllChildren(text);
    copy.textContent = 'Selected: press Ctrl C';
  }
}
