// Where somebody is signed in.

import { ask } from './api.js';
import { withProof } from './prove.js';
import { makeRow, timeOf } from './rows.js';

const list = document.getElementById('sessions');
const endOthers = document.getElementById('end-others');
const spoken = document.getElementById('spoken');

/** @param {(work: () => Promise<void>) => Promise<void>} attempt */
export async function startSessions(attempt) {
  endOthers.addEventListener('click', () => attempt(() => end('others', 'All others')));
  await attempt(refresh);
  return { refresh: () => attempt(refresh) };

  async function refresh() {
    const { data } = await ask('/app/sessions');
    list.replaceChildren(...data.map(rowOf));
    endOthers.hidden = data.length < 2;
  }

  function rowOf({ id, device, place, is_current: isCurrent, last_used_at: used }) {
    const when = isCurrent ? 'this browser' : `last used ${timeOf(used)}`;
    const act = { words: 'End', label: `End ${device}`, run: () => attempt(() => end(id, device)) };
    return makeRow({
      ...{ name: device, about: `${place} · ${when}` },
      ...(isCurrent ? {} : { act }),
    });
  }

  async function end(id, what) {
    await withProof(() => ask(`/app/sessions/${id}`, { method: 'DELETE' }));
    spoken.textContent = `${what}: signed out.`;
    await refresh();
  }
}
