// One film in the list.

import { watch } from './player.js';

const STAGES = {
  moderate: 'Reading the topic',
  script: 'Writing the script',
  voice: 'Speaking the narration',
  clips: 'Filming the scenes',
  captions: 'Timing the words',
  compose: 'Cutting the film',
  store: 'Finishing',
};
const WAITS = {
  provider: 'Waiting for an outside service; it goes on by itself',
  credits: 'Waiting for credits',
  capacity: 'Waiting for its turn',
};
const template = document.getElementById('film-card');

/**
 * @param {object} video
 * @param {(video: object, action: 'cancel' | 'render') => void} onAct
 */
export function makeCard(video, onAct) {
  const element = template.content.cloneNode(true).firstElementChild;
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  const [title, words, bar, percent, making, play, stop, again, download, complaint] = [
    ...['title', 'words', 'bar', 'percent', 'making', 'play'],
    ...['stop', 'again', 'download', 'complaint'],
  ].map(part);
  const card = { element, video, update, complain };

  play.addEventListener('click', () => watch(card.video));
  for (const [button, action] of [
    [stop, 'cancel'],
    [again, 'render'],
  ]) {
    button.addEventListener('click', () => {
      button.setAttribute('aria-busy', 'true');
      onAct(card.video, action);
    });
  }
  return card;

  function update(now) {
    const isSame = card.video !== now && JSON.stringify(card.video) === JSON.stringify(now);
    if (isSame) return;
    const before = document.activeElement;
    card.video = now;
    const { status, progress, render_id: film } = now;
    const isUnderWay = ['queued', 'running', 'waiting'].includes(status);
    const hasFilm = film !== null && !isUnderWay;
    const wholePercent = Math.floor(progress * 100);

    set(title, now.title);
    set(words, describe(now));
    words.className = status === 'failed' ? 'bad' : 'soft';
    percent.textContent = status === 'running' ? `${wholePercent} %` : '';
    bar.value = progress;
    bar.setAttribute('aria-label', `${now.title}, progress`);
    bar.hidden = !isUnderWay;
    making.hidden = hasFilm;
    play.hidden = !hasFilm;
    play.setAttribute('aria-label', `Watch ${now.title}`);
    if (hasFilm) showPoster(film);
    download.hidden = !hasFilm;
    download.href = hasFilm ? `/v1/renders/${film}/film.mp4` : '#';
    stop.hidden = !isUnderWay;
    again.hidden = status !== 'failed' && status !== 'canceled';
    for (const button of [stop, again]) button.removeAttribute('aria-busy');
    label(stop, `Stop making ${now.title}`);
    label(again, `Make again: ${now.title}`);
    label(download, `Download ${now.title}`);
    element.classList.toggle('waits', status === 'queued' || status === 'waiting');
    element.classList.toggle('over', status === 'failed' || status === 'canceled');
    complaint.hidden = true;
    // Focus on something that is gone moves to what took its place.
    if (element.contains(before) && before.closest('[hidden]')) (hasFilm ? play : again).focus();
  }

  function showPoster(film) {
    const address = `/v1/renders/${film}/poster.jpg`;
    const known = play.querySelector('img');
    if (known?.getAttribute('src') === address) return;
    known?.remove();
    const image = Object.assign(new Image(), { alt: '', loading: 'lazy', decoding: 'async' });
    // The dark screen with its play sign is picture enough.
    image.addEventListener('error', () => image.remove());
    image.setAttribute('src', address);
    play.prepend(image);
  }

  function complain(text) {
    complaint.textContent = text;
    complaint.hidden = false;
    for (const button of [stop, again]) button.removeAttribute('aria-busy');
  }
}

function describe({ status, stage, waiting_for: waits, error, eta_seconds: eta, ...video }) {
  switch (status) {
    case 'draft':
      return 'Draft';
    case 'queued':
      return video.queue_position > 1
        ? `Waiting for its turn, number ${video.queue_position}`
        : 'Starting';
    case 'waiting':
      return WAITS[waits] ?? 'Waiting';
    case 'running':
      return [STAGES[stage] ?? 'Being made', remaining(eta)].filter(Boolean).join(' · ');
    case 'failed':
      return [error?.message ?? 'It could not be made.', error?.action].filter(Boolean).join(' ');
    case 'canceled':
      return 'Stopped';
    default:
      return `${video.format} · ${when(video.created_at)}`;
  }
}

function remaining(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return 'less than a minute left';
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? 'about a minute left' : `about ${minutes} minutes left`;
}

function when(time) {
  const at = new Date(time);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday
    ? `today ${at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' })}`
    : at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

/** Words that have not changed are not written again: a screen reader would begin anew. */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Buttons of many films say which one they are of. */
function label(element, text) {
  element.setAttribute('aria-label', text);
}
