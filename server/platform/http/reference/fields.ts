import { type Html, html, prose } from '../html.ts';
import {
  boundsOf,
  type Components,
  choicesOf,
  formsOf,
  nameOf,
  resolve,
  type Schema,
  typeInWords,
} from './schema.ts';

export type Field = {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly description?: string | undefined;
};

/** The address of a component's own section on the page. */
export const objectId = (name: string): string => `object-${name}`;

/**
 * Fields with all that is known of each; what lies in one can be unfolded. `unfold` tells whether a component is written
 * out where it is used, instead of a link to its own section.
 */
export function renderFields(
  fields: readonly Field[],
  components: Components,
  { unfold, depth = 0 }: { readonly unfold: boolean; readonly depth?: number },
): Html {
  return html`<ul class="fields rows">${fields.map(renderField)}</ul>`;

  function renderField({ name, schema, required, description }: Field): Html {
    const choices = choicesOf(schema);
    const bounds = boundsOf(schema);
    const about = description ?? schema.description ?? resolve(schema, components).description;
    return html`<li class="field">
<p><code class="name">${name}</code> <span class="type">${renderType(schema, components, unfold)}${bounds.map((bound) => html` · ${bound}`)}</span>${required ? html` <span class="required">required</span>` : null}</p>
${about === undefined ? null : html`<p class="about">${prose(about)}</p>`}
${choices.length === 0 ? null : html`<p class="choices">${choices.map((choice) => html`<code>${choice}</code> `)}</p>`}
${renderInner(schema)}</li>`;
  }

  function renderInner(schema: Schema): Html | null {
    if (depth > 4) return null;
    const inner = formsOf(schema)
      .map((form) => (form.type === 'array' && form.items ? form.items : form))
      .filter((form) => unfold || nameOf(form) === null)
      .flatMap((form) => fieldsOf(resolve(form, components)));
    if (inner.length === 0) return null;
    const count = inner.length === 1 ? '1 field' : `${inner.length} fields`;
    const rendered = renderFields(inner, components, { unfold, depth: depth + 1 });
    return html`<details class="inner"><summary>${count}</summary>${rendered}</details>`;
  }
}

export function fieldsOf({ properties = {}, required = [] }: Schema): readonly Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name),
  }));
}

/** The type in words, in which components are links to their sections. */
function renderType(schema: Schema, components: Components, unfold: boolean): Html {
  const words = typeInWords(schema).split(/\b/);
  return html`${words.map((word) =>
    !unfold && Object.hasOwn(components, word)
      ? html`<a href="#${objectId(word)}">${word}</a>`
      : word,
  )}`;
}
