import { z } from 'zod';
import type { OpenApiDocument } from '../platform/http/openapi.ts';

/**
 * The reference page of the API, written out from its OpenAPI document as plain HTML: viewers that can be had bring
 * styles and scripts of their own into the page, which the content policy forbids.
 */
export function renderReference(document: OpenApiDocument): string {
  const operations = readOperations(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const inTag = (tag: string) => operations.filter((operation) => operation.tag === tag);
  const navigation = tags
    .map(
      (tag) =>
        `<li>${escapeHtml(tag)}<ul>${inTag(tag)
          .map(
            ({ id, summary }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(summary)}</a></li>`,
          )
          .join('')}</ul></li>`,
    )
    .join('');
  const sections = tags
    .map(
      (tag) =>
        `<section><h2>${escapeHtml(tag)}</h2>${inTag(tag).map(renderOperation).join('')}</section>`,
    )
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · clipt</title>
<link rel="icon" href="/pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/pages/style.css"><link rel="stylesheet" href="/pages/reference.css">
</head><body>
<header><img src="/pages/icon.svg" alt=""><strong>clipt API</strong><nav><a href="/">Studio</a><a href="/v1/openapi.json">OpenAPI</a></nav></header>
<div class="reference"><nav class="contents" aria-label="Operations"><ul>${navigation}<li><a href="#problems">Problems</a></li></ul></nav>
<main><section class="card"><h1>API reference</h1><p>${inline(document.info.description ?? '')}</p>
<p>Send <code>Authorization: Bearer clipt_live_…</code>. A key is made with <code>./clipt keys create</code>.</p></section>
${sections}${PROBLEMS}</main></div></body></html>`;
}

const PROBLEMS = `<section id="problems"><h2>Problems</h2><div class="card"><p>Every refusal is
<code>application/problem+json</code> (RFC 9457). Act on <code>code</code>, which is stable; <code>detail</code> says what is
wrong, <code>action</code> what to do, <code>errors</code> where in the request, and <code>retryable</code> whether the same
request may succeed later. <code>request_id</code> is also the header <code>X-Request-Id</code>.</p></div></section>`;

const fieldSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
  default: z.unknown().optional(),
});
type Field = z.infer<typeof fieldSchema>;
const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  $ref: z.string().optional(),
});
const bodySchema = z.looseObject({
  content: z.record(z.string(), z.looseObject({ schema: z.unknown().optional() })).optional(),
  description: z.string().optional(),
});
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()),
  'x-required-scope': z.string().optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: z.unknown().optional(),
        description: z.string().optional(),
      }),
    )
    .optional(),
  requestBody: bodySchema.optional(),
  responses: z.record(z.string(), bodySchema),
});

type Row = { readonly name: string; readonly note: string; readonly field: Field };
type Operation = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly scope: string | null;
  readonly parameters: readonly Row[];
  readonly body: readonly Row[];
  readonly answers: readonly {
    readonly status: string;
    readonly text: string;
    readonly rows: readonly Row[];
  }[];
};

function readOperations(document: OpenApiDocument): readonly Operation[] {
  const components = z.record(z.string(), z.unknown()).parse(document.components?.schemas ?? {});
  const rowsOf = (schema: unknown): readonly Row[] => {
    const object = objectSchema.safeParse(schema).data;
    if (object?.$ref) return rowsOf(components[object.$ref.split('/').at(-1) ?? '']);
    const needed = new Set(object?.required ?? []);
    return Object.entries(object?.properties ?? {}).map(([name, field]) => ({
      name,
      note: needed.has(name) ? 'required' : '',
      field: fieldSchema.safeParse(field).data ?? {},
    }));
  };
  const jsonOf = (body: z.infer<typeof bodySchema> | undefined) =>
    rowsOf(Object.values(body?.content ?? {})[0]?.schema);
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).flatMap(([method, value]) => {
      const operation = operationSchema.safeParse(value).data;
      if (!operation) return [];
      return {
        id: operation.operationId,
        method,
        path,
        tag: operation.tags[0] ?? '',
        summary: operation.summary,
        description: operation.description ?? '',
        scope: operation['x-required-scope'] ?? null,
        parameters: (operation.parameters ?? []).map((parameter) => ({
          name: parameter.name,
          note: `${parameter.in}${parameter.required ? ', required' : ''}`,
          field: {
            ...fieldSchema.safeParse(parameter.schema).data,
            ...(parameter.description ? { description: parameter.description } : {}),
          },
        })),
        body: jsonOf(operation.requestBody),
        answers: Object.entries(operation.responses)
          .filter(([status]) => status !== 'default')
          .map(([status, answer]) => ({
            status,
            text: answer.description ?? '',
            rows: jsonOf(answer),
          })),
      };
    }),
  );
}

function renderOperation(operation: Operation): string {
  const { id, method, path, summary, description, scope, parameters, body, answers } = operation;
  return `<article class="card" id="${escapeHtml(id)}"><h3>${escapeHtml(summary)}</h3>
<p class="address"><span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span> <code>${escapeHtml(path)}</code></p>
${description === '' ? '' : `<p>${inline(description)}</p>`}
${scope === null ? '' : `<p class="soft">Scope <code>${escapeHtml(scope)}</code></p>`}
${renderRows('Parameters', parameters)}${renderRows('Body', body)}
${answers.map(({ status, text, rows }) => `<details><summary><code>${escapeHtml(status)}</code> ${escapeHtml(text)}</summary>${renderRows('', rows)}</details>`).join('')}
<details><summary>With curl</summary><pre><code>${escapeHtml(curlOf(operation))}</code></pre></details></article>`;
}

function renderRows(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows
    .map(
      ({ name, note, field }) =>
        `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${escapeHtml(typeOf(field))}</td><td>${escapeHtml(note)}</td><td>${inline(field.description ?? '')}</td></tr>`,
    )
    .join('');
  const head = title === '' ? '' : `<h4>${escapeHtml(title)}</h4>`;
  return `${head}<div class="scroll"><table><tbody>${lines}</tbody></table></div>`;
}

function typeOf(field: Field): string {
  if (field.enum) return field.enum.map(String).join(' | ');
  if (field.$ref) return field.$ref.split('/').at(-1) ?? '';
  return [field.type ?? 'any'].flat().join(' | ');
}

function curlOf({ method, path, body }: Operation): string {
  const lines = [`curl -H "Authorization: Bearer $CLIPT_API_KEY"`];
  if (method !== 'get') lines.push(`-X ${method.toUpperCase()}`);
  if (body.length > 0) {
    const example = Object.fromEntries(
      body.filter(({ note }) => note === 'required').map(({ name }) => [name, '…']),
    );
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(example)}'`);
  }
  return [...lines, `"$CLIPT_URL${path}"`].join(' \\\n  ');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Text with `code` in it. */
function inline(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
