import { html, prose } from '../platform/http/html.ts';
import type { ProblemPage } from '../platform/http/responses.ts';
import { readingPage } from './layout.ts';

/** What somebody sees who went to an address in a browser and cannot have what is there. */
export const problemPage: ProblemPage = ({ title, detail, action, request_id: requestId }) =>
  readingPage(
    title,
    html`<h1>${title}</h1>
<p class="lead">${prose(detail)}</p>
${action === null ? null : html`<p>${prose(action)}</p>`}
<p><a href="/">Go to the studio</a></p>
<p class="small soft">For whoever runs this installation: ${requestId}</p>`,
  );
