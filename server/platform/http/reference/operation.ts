import { type Html, html, prose } from '../html.ts';
import { codeBlock, curl, json } from './code.ts';
import { fieldsOf, objectId, renderFields } from './fields.ts';
import type { AnswerView, DocumentView, OperationView, Parameter } from './operations.ts';
import { nameOf, resolve, typeInWords } from './schema.ts';

const WHERE: Readonly<Record<string, string>> = {
  path: 'In the path',
  query: 'In the query',
  header: 'Headers',
};

/** One operation: what it does and takes on the one side, what one sends and gets on the other. */
export function renderOperation(operation: OperationView, view: DocumentView): Html {
  const { id, summary, description, answers, refusals } = operation;
  return html`<article id="${id}">
<div class="says"><h3><a class="here" href="#${id}">${summary}</a></h3>
${renderAddress(operation)}
${description === '' ? null : html`<p>${prose(description)}</p>`}
${renderAccess(operation)}
${renderParameters(operation, view, ['path', 'query'])}
${renderBody(operation, view)}
${renderParameters(operation, view, ['header'])}
<h4>Answers</h4><ul class="answers rows">${answers.map((answer) => renderAnswer(answer, view))}</ul>
${
  refusals.length === 0
    ? null
    : html`<details class="refusals"><summary>Problems</summary><ul class="answers rows">${refusals.map(
        ({ status, description: text }) =>
          html`<li class="answer"><code class="status bad">${status}</code> <span>${text}</span></li>`,
      )}</ul><p class="access"><a href="#problems">How problems are told</a></p></details>`
}</div>
<div class="shows">${renderExamples(operation, view)}</div>
</article>`;
}

export function renderAddress({ method, path }: Pick<OperationView, 'method' | 'path'>): Html {
  const parts = path.split(/(\{\w+\})/);
  return html`<p class="address"><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${parts.map(
    (part, i) => (i % 2 === 1 ? html`<var>${part}</var>` : part),
  )}</code></p>`;
}

function renderAccess({ access }: OperationView): Html {
  if (access === 'public') return html`<p class="access">Anybody may ask.</p>`;
  if (access === 'session')
    return html`<p class="access">In the browser only, never with a key.</p>`;
  return html`<p class="access">Scope <code>${access.scope}</code></p>`;
}

function renderParameters(
  { parameters }: OperationView,
  { components }: DocumentView,
  places: readonly string[],
): Html {
  const groups = places.map((where) => ({
    title: WHERE[where] ?? where,
    fields: parameters.filter((parameter) => parameter.in === where).map(toField),
  }));
  return html`${groups
    .filter(({ fields }) => fields.length > 0)
    .map(
      ({ title, fields }) =>
        html`<h4>${title}</h4>${renderFields(fields, components, { unfold: true })}`,
    )}`;
}

function toField({ name, schema, required, description }: Parameter) {
  return { name, schema, required, description };
}

function renderBody({ body }: OperationView, { components }: DocumentView): Html | null {
  if (!body) return null;
  const fields = fieldsOf(resolve(body.schema, components));
  const isOptional = body.required ? null : html` <span class="soft">may be left out</span>`;
  return html`<h4>Body${isOptional}</h4>${
    fields.length > 0
      ? renderFields(fields, components, { unfold: true })
      : html`<p><code>${body.type}</code></p>`
  }`;
}

function renderAnswer(
  { status, description, type, schema, headers }: AnswerView,
  view: DocumentView,
) {
  const name = schema && nameOf(schema);
  const what =
    name && Object.hasOwn(view.components, name)
      ? html` <a class="type" href="#${objectId(name)}">${name}</a>`
      : type !== null && type !== 'application/json'
        ? html` <code class="bare type">${type}</code>`
        : schema
          ? html` <span class="type">${typeInWords(schema)}</span>`
          : null;
  const carries =
    headers.length === 0
      ? null
      : html` <span class="soft">with ${headers.map((header, i) => html`${i > 0 ? ', ' : ''}<code>${header}</code>`)}</span>`;
  return html`<li class="answer"><code class="status">${status}</code> <span>${prose(description)}${what}${carries}</span></li>`;
}

function renderExamples(operation: OperationView, view: DocumentView): Html {
  const { exampleOf, serverUrl } = view;
  const { body, answers } = operation;
  const sent = body ? exampleOf(body.schema, { requiredOnly: true }) : null;
  const shown = answers.filter(({ schema }) => schema !== null);
  return html`${codeBlock('Request', curl(operation, serverUrl, sent))}${shown.map(
    ({ status, schema }) => codeBlock(html`Answer <b>${status}</b>`, json(exampleOf(schema ?? {}))),
  )}`;
}
