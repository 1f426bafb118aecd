import { type Html, html, prose } from '../html.ts';
import type { OpenApiDocument } from '../openapi.ts';
import { codeBlock, json } from './code.ts';
import { fieldsOf, objectId, renderFields } from './fields.ts';
import { type Chapter, chapters } from './guide.ts';
import { renderAddress, renderOperation } from './operation.ts';
import { type DocumentView, type OperationView, viewDocument } from './operations.ts';
import { PLATFORM_PROBLEMS, type ProblemEntry } from './problem-codes.ts';
import { nameOf, resolve, type Schema } from './schema.ts';

export type ReferenceOptions = {
  /** Where the page's style sheet is, and its icon. */
  readonly stylesheet: string;
  readonly icon: string | null;
  /** Codes beside those of the platform. */
  readonly problems?: readonly ProblemEntry[];
};

/**
 * The reference page of an API, written out from its OpenAPI document as plain HTML without any script: the viewers that
 * can be had bring styles and scripts of their own into the page, which the content policy forbids.
 */
export function renderReferencePage(
  document: OpenApiDocument,
  { stylesheet, icon, problems = [] }: ReferenceOptions,
): string {
  const view = viewDocument(document);
  const { info, serverUrl } = view;
  const guide = chapters({
    serverUrl,
    problems: [...PLATFORM_PROBLEMS, ...problems].sort(byStatus),
  });
  const tags = view.tags
    .map((tag) => ({
      ...tag,
      operations: view.operations.filter(({ tag: of }) => of === tag.name),
    }))
    .filter(({ operations }) => operations.length > 0);
  const objects = objectsOf(view);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference · ${info.title}</title>
${icon === null ? null : html`<link rel="icon" href="${icon}">`}
<link rel="stylesheet" href="${stylesheet}">
</head><body>
<a class="skip" href="#main">To the content</a>
<header>${icon === null ? null : html`<img src="${icon}" alt="" width="28" height="28">`}<strong>${info.title}</strong> <span class="soft">API reference</span>
<nav class="site" aria-label="Site"><a href="/">Studio</a> <a href="/v1/openapi.json">OpenAPI</a></nav></header>
<div class="page">
${renderContents(guide, tags, objects)}
<main id="main">
<section class="chapter intro" id="top"><div class="says"><h1>API reference</h1><p class="lead">${prose(info.description)}</p></div>
<div class="shows">${codeBlock('Address', html`${serverUrl}`)}</div></section>
<section class="group" id="basics"><h2 class="title">Basics</h2>${guide.map(({ content }) => content)}</section>
${tags.map(({ name, description, operations }) => renderTag(name, description, operations, view))}
<section class="group" id="objects"><h2 class="title">Objects</h2>${objects.map((name) => renderObject(name, view))}</section>
</main></div>
</body></html>
`;
  return page.markup;
}

function byStatus(a: ProblemEntry, b: ProblemEntry): number {
  return a.status - b.status;
}

type TagView = { readonly name: string; readonly operations: readonly OperationView[] };

function renderContents(
  guide: readonly Chapter[],
  tags: readonly TagView[],
  objects: readonly string[],
): Html {
  const link = (id: string, text: string | Html) =>
    html`<li><a class="entry" href="#${id}">${text}</a></li>`;
  return html`<nav class="contents" aria-label="Contents"><ul class="parts">
<li class="part"><a class="entry tag" href="#basics">Basics</a><ul class="entries">${guide.map(({ id, title }) => link(id, title))}</ul></li>
${tags.map(
  ({ name, operations }) =>
    html`<li class="part"><a class="entry tag" href="#${tagId(name)}">${name}</a><ul class="entries">${operations.map(
      ({ id, method }) =>
        link(
          id,
          html`<span>${inWords(id)}</span> <span class="method ${method}">${short(method)}</span>`,
        ),
    )}</ul></li>`,
)}
<li class="part"><a class="entry tag" href="#objects">Objects</a><ul class="entries">${objects.map((name) => link(objectId(name), name))}</ul></li>
</ul></nav>`;
}

function renderTag(
  name: string,
  description: string | undefined,
  operations: readonly OperationView[],
  view: DocumentView,
): Html {
  return html`<section class="group" id="${tagId(name)}"><h2 class="title">${name}</h2>
${description === undefined ? null : html`<p class="lead">${prose(description)}</p>`}
<ul class="index rows">${operations.map(
    (operation) =>
      html`<li><a class="jump" href="#${operation.id}">${renderAddress(operation)}<span class="soft">${operation.summary}</span></a></li>`,
  )}</ul>
${operations.map((operation) => renderOperation(operation, view))}</section>`;
}

function renderObject(name: string, { components, exampleOf }: DocumentView): Html {
  const schema = components[name] ?? {};
  return html`<section class="chapter object" id="${objectId(name)}"><div class="says"><h3><a class="here" href="#${objectId(name)}">${name}</a></h3>
${schema.description === undefined ? null : html`<p>${prose(schema.description)}</p>`}
${renderFields(fieldsOf(schema).map(unmarked), components, { unfold: false })}</div>
<div class="shows">${codeBlock(name, json(exampleOf(schema)))}</div></section>`;
}

/** Of what is answered, nearly everything is always there: to say so at each field would say nothing. */
function unmarked<Field extends { readonly required: boolean }>(field: Field): Field {
  return { ...field, required: false };
}

/** The components that answers are made of, in the order in which one meets them. */
function objectsOf({ operations, components }: DocumentView): readonly string[] {
  const met = new Set<string>();
  const meet = (schema: Schema): void => {
    const name = nameOf(schema);
    if (name !== null) {
      if (met.has(name) || !Object.hasOwn(components, name)) return;
      met.add(name);
    }
    const { properties = {}, items, anyOf = [], oneOf = [] } = resolve(schema, components);
    const inner = [...Object.values(properties), ...anyOf, ...oneOf, ...(items ? [items] : [])];
    for (const one of inner) meet(one);
  };
  for (const { answers } of operations) for (const { schema } of answers) if (schema) meet(schema);
  return [...met];
}

function tagId(name: string): string {
  return `tag-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

/** `createVideo` as `Create video`. */
function inWords(operationId: string): string {
  const words = operationId.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function short(method: string): string {
  return method === 'delete' ? 'DEL' : method.toUpperCase();
}
