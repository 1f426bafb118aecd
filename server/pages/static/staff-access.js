// What staff did in somebody's account.

import { ask } from './api.js';
import { makeRow, timeOf } from './rows.js';

const WORDS = {
  'impersonation.started': 'Looked at your account',
  'impersonation.stopped': 'Stopped looking',
  'impersonation.mutated': 'Changed something',
  'impersonation.refused': 'Tried what staff may not do',
  'two_factor.reset': 'Took your second factor away',
  'support.accounts_searched': 'Looked for your account',
  'support.account_viewed': 'Read about your account',
  'support.record_read': 'Read what is on record of your account',
  'support.account_changed': 'Changed your account',
  'dead_letter.retried': 'Sent again what had not gone through',
  'credits.granted': 'Gave you credits',
};
const list = document.getElementById('staff-rows');
const more = document.getElementById('staff-more');
let cursor = null;

/** @param {(work: () => Promise<void>) => Promise<void>} attempt */
export async function startStaffAccess(attempt) {
  more.addEventListener('click', () => attempt(readOn));
  await attempt(readOn);
  document.getElementById('staff-none').hidden = list.childElementCount > 0;
}

async function readOn() {
  const query = new URLSearchParams({ limit: '20', ...(cursor === null ? {} : { cursor }) });
  const page = await ask(`/app/staff-access?${query}`);
  list.append(...page.data.map(rowOf));
  cursor = page.next_cursor;
  more.hidden = !page.has_more;
}

function rowOf({ at, by, action, operation, reason }) {
  const about = [
    timeOf(at),
    by === 'operator' && 'by whoever runs the installation',
    operation,
    reason && `“${reason}”`,
  ];
  return makeRow({ name: WORDS[action] ?? action, about: about.filter(Boolean).join(' · ') });
}
