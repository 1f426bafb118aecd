// The films: newest first, each with its poster or how far it is. The list is read again every few seconds rather than
// streamed: a browser allows six connections to a server, and every open tab would hold one for each film.

import { ask, explain, Refusal } from './api.js';
import { makeCard } from './film-card.js';

const STEP = 12;
const MOST = 96;
const BUSY_MS = 2_500;
const QUIET_MS = 20_000;
const ENDED = ['draft', 'succeeded', 'failed', 'canceled'];

const list = document.getElementById('films');
const states = ['films-loading', 'films-empty', 'films-problem'];
const more = document.getElementById('more');
const count = document.getElementById('films-count');
const spoken = document.getElementById('spoken');

/** @type {Map<string, ReturnType<typeof makeCard>>} */
const cards = new Map();
let shown = STEP;
let timer = 0;
let reading = false;
let told = { onSignedOut: () => {}, onReach: (_reached) => {} };

/** @param {{ onSignedOut: () => void, onReach: (reached: boolean) => void }} listeners */
export function startFilms(listeners) {
  told = listeners;
  more.addEventListener('click', () => {
    shown = Math.min(MOST, shown + STEP);
    refresh();
  });
  document.getElementById('films-again').addEventListener('click', refresh);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh();
  });
  addEventListener('online', refresh);
  return refresh();
}

/** Shows a film that was just asked for, before the list is read again. */
export function addFilm(video) {
  show('');
  const card = cards.get(video.id) ?? makeCard(video, onAct);
  cards.set(video.id, card);
  card.update(video);
  list.prepend(card.element);
  card.element.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  say(`${video.title}: the film is being made.`);
  plan(BUSY_MS);
}

async function refresh() {
  if (reading) return;
  reading = true;
  clearTimeout(timer);
  try {
    const page = await ask(`/v1/videos?limit=${shown}`);
    told.onReach(true);
    place(page.data);
    more.hidden = !page.has_more || shown >= MOST;
    plan(page.data.some(isUnderWay) ? BUSY_MS : QUIET_MS);
  } catch (error) {
    onFailure(error);
  } finally {
    reading = false;
  }
}

function onFailure(error) {
  if (error instanceof Refusal && error.isSignedOut) return told.onSignedOut();
  const isBusy = error instanceof Refusal && error.status === 429;
  told.onReach(error instanceof Refusal);
  if (cards.size === 0 && !isBusy) {
    document.getElementById('films-reason').textContent = explain(error);
    show('films-problem');
  }
  plan(Math.max(BUSY_MS * 2, (error.retrySeconds ?? 0) * 1000));
}

/** The next reading; a page that nobody sees reads nothing. */
function plan(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!document.hidden) refresh();
  }, ms);
}

/** Cards stay the elements they are, so that neither focus nor pictures are lost. */
function place(videos) {
  const ids = new Set(videos.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.element.remove();
    cards.delete(id);
  }
  videos.forEach((video, index) => {
    const known = cards.get(video.id);
    const card = known ?? makeCard(video, onAct);
    if (known && isUnderWay(known.video) && !isUnderWay(video)) say(outcome(video));
    cards.set(video.id, card);
    card.update(video);
    if (list.children[index] !== card.element)
      list.insertBefore(card.element, list.children[index] ?? null);
  });
  show(videos.length === 0 ? 'films-empty' : '');
  const underWay = videos.filter(isUnderWay).length;
  count.textContent = underWay === 0 ? '' : `${underWay} being made`;
}

/** @param {object} video @param {'cancel' | 'render'} action */
async function onAct(video, action) {
  const path = action === 'cancel' ? video.urls.cancel : `/v1/videos/${video.id}/render`;
  try {
    await ask(path, { method: 'POST', headers: { 'Idempotency-Key': crypto.randomUUID() } });
    say(action === 'cancel' ? `${video.title} stops.` : `${video.title} is being made again.`);
  } catch (error) {
    if (error instanceof Refusal && error.isSignedOut) return told.onSignedOut();
    cards.get(video.id)?.complain(explain(error));
  }
  await refresh();
}

function isUnderWay({ status }) {
  return !ENDED.includes(status);
}

function outcome({ title, status }) {
  if (status === 'succeeded') return `${title} is ready to watch.`;
  return status === 'failed' ? `${title} could not be made.` : `${title} was stopped.`;
}

function show(state) {
  for (const id of states) document.getElementById(id).hidden = id !== state;
}

function say(text) {
  spoken.textContent = text;
}
