// The wish: topic, shape, length.

import { ask, explain, Refusal } from './api.js';

const form = document.getElementById('make');
const topic = form.elements.namedItem('topic');
const button = form.querySelector('button');
const problem = document.getElementById('make-problem');

/** The last wish with its key: asking the same again after a lost answer makes no second film. */
let attempt = { wish: '', key: '' };

/** @param {{ onMade: (video: object) => void, onSignedOut: () => void }} told */
export function startMakeForm({ onMade, onSignedOut }) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-busy') === 'true') return;
    if (topic.value.trim() === '') return say('Say in a few words what the film is about.');
    say('');
    button.setAttribute('aria-busy', 'true');
    try {
      const video = await make();
      topic.value = '';
      onMade(video);
    } catch (error) {
      if (error instanceof Refusal && error.isSignedOut) onSignedOut();
      else say(explain(error));
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
  // Enter sends, as in a search box; Shift and Enter begin a new line.
  topic.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

async function make() {
  const values = new FormData(form);
  const body = {
    topic: values.get('topic').trim(),
    format: values.get('format'),
    seconds: Number(values.get('seconds')),
  };
  const wish = JSON.stringify(body);
  if (attempt.wish !== wish) attempt = { wish, key: crypto.randomUUID() };
  const headers = { 'Idempotency-Key': attempt.key };
  try {
    const video = await ask('/v1/videos', { method: 'POST', headers, body });
    attempt = { wish: '', key: '' };
    return video;
  } catch (error) {
    // An answer is final, so the next try is a new one; only a lost answer is asked for again.
    if (error instanceof Refusal && error.status < 500) attempt = { wish: '', key: '' };
    throw error;
  }
}

function say(text) {
  problem.textContent = text;
  problem.hidden = text === '';
  if (text !== '') topic.focus();
}
