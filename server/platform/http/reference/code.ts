import { type Html, html } from '../html.ts';
import type { OperationView } from './operations.ts';

/** A titled block of code; it can be scrolled by keyboard. */
export function codeBlock(title: string | Html, code: Html): Html {
  return html`<figure class="code"><figcaption>${title}</figcaption><pre tabindex="0"><code>${code}</code></pre></figure>`;
}

/** JSON, coloured. */
export function json(value: unknown): Html {
  const text = JSON.stringify(value, null, 2);
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;
  const parts: (Html | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    const [whole, string, colon] = match;
    parts.push(text.slice(at, match.index));
    at = match.index + whole.length;
    if (colon !== undefined) parts.push(html`<span class="k">${string ?? ''}</span>${colon}`);
    else parts.push(html`<span class="${string === undefined ? 'n' : 's'}">${whole}</span>`);
  }
  return html`${parts}${text.slice(at)}`;
}

/** The request as a command: what has to be there, and nothing else. */
export function curl(operation: OperationView, serverUrl: string, body: unknown): Html {
  const { method, path, access, parameters, answers } = operation;
  const isStream = answers.some(({ type }) => type === 'text/event-stream');
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => `${name}=…`);
  const address = `${serverUrl}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  const options: Html[] = [];
  const header = (text: string) => options.push(html`-H <span class="s">"${text}"</span>`);
  if (isStream) options.push(html`-N`);
  if (method !== 'get') options.push(html`-X ${method.toUpperCase()}`);
  if (access !== 'public') header('Authorization: Bearer $CLIPT_API_KEY');
  if (parameters.some(({ name }) => name === 'Idempotency-Key')) {
    header('Idempotency-Key: $(uuidgen)');
  }
  if (body !== null) {
    header(`Content-Type: ${operation.body?.type ?? ''}`);
    options.push(
      html`-d <span class="s">'${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'</span>`,
    );
  }
  const lines = options.map((option) => html` \\\n  ${option}`);
  return html`<span class="k">curl</span> <span class="s">"${address}"</span>${lines}`;
}
