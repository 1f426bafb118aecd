import { type Html, html, prose } from '../html.ts';
import { codeBlock, json } from './code.ts';
import type { ProblemEntry } from './problem-codes.ts';

/** What holds for every operation, told once. */

export type Chapter = { readonly id: string; readonly title: string; readonly content: Html };

type Guide = { readonly serverUrl: string; readonly problems: readonly ProblemEntry[] };

export function chapters(guide: Guide): readonly Chapter[] {
  return [authentication(guide), idempotency(), lists(), limits(), problems(guide)];
}

function chapter(id: string, title: string, says: Html, shows: Html): Chapter {
  const content = html`<section class="chapter" id="${id}"><div class="says"><h3><a class="here" href="#${id}">${title}</a></h3>${says}</div><div class="shows">${shows}</div></section>`;
  return { id, title, content };
}

function authentication({ serverUrl }: Guide): Chapter {
  return chapter(
    'authentication',
    'Authentication',
    html`<p>Send an API key with every request, as <code>Authorization: Bearer</code>. A key is shown once, when it is made; it does what its scopes allow and nothing else.</p>
<p>A key never belongs into an address: a request that carries one there is refused, and the key should be rotated.</p>
<p>What belongs to another account answers exactly like what does not exist.</p>`,
    codeBlock(
      'With a key',
      html`<span class="k">curl</span> <span class="s">"${serverUrl}/v1/account"</span> \\
  -H <span class="s">"Authorization: Bearer $CLIPT_API_KEY"</span>`,
    ),
  );
}

function idempotency(): Chapter {
  return chapter(
    'idempotency',
    'Idempotency',
    html`<p>Give every <code>POST</code> an <code>Idempotency-Key</code> of your own, such as a UUID, and send it again as often as you must: whatever it makes is made once. A repeat within 24 hours gets the first status, headers and body, and <code>Idempotency-Replayed: true</code>.</p>
<p>While the first request is being answered, a repeat gets <a href="#problem-idempotency_in_progress"><code>409</code></a>; the same key with another body gets <a href="#problem-idempotency_key_reused"><code>422</code></a>. Refusals that may pass, such as <code>429</code>, are not kept.</p>`,
    codeBlock(
      'The answer to a repeat',
      html`<span class="k">HTTP/1.1 202 Accepted</span>
Location: /v1/…
Idempotency-Replayed: <span class="s">true</span>`,
    ),
  );
}

function lists(): Chapter {
  return chapter(
    'lists',
    'Lists',
    html`<p>Lists come newest first, <code>limit</code> items at a time (1–100, else 20). While <code>has_more</code> is true, ask again with <code>next_cursor</code> as <code>cursor</code>. A cursor is good in its own list only.</p>`,
    codeBlock(
      'A page',
      json({ data: ['…'], next_cursor: 'dmlkZW9zCnZpZF8wMTlh…', has_more: true }),
    ),
  );
}

function limits(): Chapter {
  return chapter(
    'limits',
    'Rate limits',
    html`<p>Every answer tells the limit that counted it. Over it, requests get <code>429</code> with <code>Retry-After</code> in seconds.</p>`,
    codeBlock(
      'On every answer',
      html`RateLimit-Limit: <span class="n">120</span>
RateLimit-Remaining: <span class="n">119</span>
RateLimit-Reset: <span class="n">42</span>
X-Request-Id: <span class="s">req_0b7c1f0a5e8d4c3f9a6b2d1e4f708192</span>`,
    ),
  );
}

const PROBLEM = {
  type: '/docs/api#problem-invalid_request',
  title: 'The request cannot be used',
  status: 422,
  detail: 'The body does not have the form it needs.',
  instance: '/v1/…',
  code: 'invalid_request',
  request_id: 'req_0b7c1f0a5e8d4c3f9a6b2d1e4f708192',
  retryable: false,
  action: 'Mend what `errors` names.',
  errors: [
    {
      location: 'body.scenes[0].narration',
      message: 'Too small: expected string to have >=1 characters.',
      fix: 'Give at least 1 character.',
    },
  ],
};

function problems({ problems: list }: Guide): Chapter {
  return chapter(
    'problems',
    'Problems',
    html`<p>Every refusal is a problem document (<code>application/problem+json</code>, RFC 9457). Act on <code>code</code>, which never changes its meaning. <code>detail</code> says what is wrong and <code>action</code> what to do about it, in sentences that may be shown to anybody; <code>errors</code> tells where in the request. If <code>retryable</code> is true, the same request may succeed later.</p>
<details><summary>${list.length} codes that any operation may answer</summary><dl class="codes rows">${list.map(
      ({ status, code, meaning }) =>
        html`<div class="met" id="problem-${code}"><dt><code class="status bad">${status}</code> <code class="name">${code}</code></dt><dd class="soft">${prose(meaning)}</dd></div>`,
    )}</dl></details>`,
    codeBlock('A problem', json(PROBLEM)),
  );
}
