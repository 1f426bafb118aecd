// Watching a film without leaving the page.

const dialog = document.getElementById('player');
const title = document.getElementById('player-title');
const problem = document.getElementById('player-problem');
const screen = dialog.querySelector('video');
const track = dialog.querySelector('track');

/** @param {{ title: string, render_id: string }} video */
export function watch(video) {
  title.textContent = video.title;
  problem.hidden = true;
  screen.hidden = false;
  screen.setAttribute('aria-label', video.title);
  screen.src = `/v1/renders/${video.render_id}/film.mp4`;
  // The captions are in the picture; the track is for whoever wants them larger.
  track.src = `/v1/renders/${video.render_id}/captions.vtt`;
  dialog.showModal();
  // A browser that does not begin by itself has its own play button.
  screen.play().catch(() => undefined);
}

dialog.querySelector('button').addEventListener('click', () => dialog.close());
// A click beside the film closes it, as Escape does.
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener('close', () => {
  screen.pause();
  screen.removeAttribute('src');
  track.removeAttribute('src');
  screen.load();
});
screen.addEventListener('error', () => {
  if (!dialog.open) return;
  problem.hidden = false;
  screen.hidden = true;
});
