import { EgressBlocked } from './errors.ts';

/**
 * What JSON may hold. `true`: any value; `[S]`: an array of S; an object: these keys and no others, each
 * optional. `null` fits every shape, because it carries nothing.
 */
export type JsonShape = true | readonly [JsonShape] | { readonly [key: string]: JsonShape };

export type EgressMethod = 'GET' | 'POST' | 'DELETE';

/** One operation of a vendor that we use, and all that may be said in it. */
export type EgressRoute = {
  readonly method: EgressMethod;
  /** Below the base URL; a whole segment may be a parameter: `/tasks/{id}`. */
  readonly path: string;
  /** Names of query parameters; none unless listed. */
  readonly query?: readonly string[];
  /** The JSON body; none unless listed. */
  readonly json?: JsonShape;
  /** A body of so many lines of JSON, each of its own shape; none unless listed. */
  readonly lines?: readonly JsonShape[];
  /** What a body of lines calls itself; default `application/x-ndjson`. */
  readonly linesType?: string;
  /** Names of multipart fields; none unless listed. */
  readonly form?: readonly string[];
};

/** All that may go to one vendor. What is not listed here does not leave the machine. */
export type EgressPolicy = {
  /** As users know it, such as `BytePlus Ark`; named in problems. */
  readonly vendor: string;
  readonly baseUrl: string;
  /**
   * Where the vendor's files may lie: `x.com` or, for every host below it, `*.x.com`; either with `:port` where
   * it is not the scheme's own. The base URL's own host always counts.
   */
  readonly fileHosts: readonly string[];
  /** Names of request headers besides those that HTTP itself needs. */
  readonly headers: readonly string[];
  readonly routes: readonly EgressRoute[];
};

export type EgressRequest = {
  readonly method: EgressMethod;
  /** The path of a route as its policy writes it, parameters in braces. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly lines?: readonly unknown[];
  /** Names of files in it reach the vendor: give them names that say nothing of a user. */
  readonly form?: FormData;
};

/** A request that its policy allows, ready to be written. */
export type Outgoing = {
  readonly method: EgressMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, the very text that was checked. */
  readonly json: string | null;
  /** Lines of JSON, checked likewise. */
  readonly lines: { readonly type: string; readonly text: string } | null;
  readonly form: FormData | null;
};

/** Headers that any request may carry, whatever its policy; the rest of HTTP's own are added on writing. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(['accept']);

/** The request as it may leave. Throws `EgressBlocked` when any part of it is not listed in the policy. */
export function permit(policy: EgressPolicy, request: EgressRequest): Outgoing {
  const block = (part: EgressBlocked['part']): never => {
    throw new EgressBlocked(policy.vendor, part);
  };
  const route = policy.routes.find(
    ({ method, path }) => method === request.method && path === request.path,
  );
  if (!route) return block('route');
  const path = filledPath(route.path, request.params ?? {}) ?? block('path');
  const url = new URL(policy.baseUrl.replace(/\/+$/, '') + path);
  for (const [name, value] of request.query ?? []) {
    if (!route.query?.includes(name)) return block('query');
    url.searchParams.append(name, value);
  }
  const headers = listedHeaders(policy, request.headers ?? {}) ?? block('header');
  const bodies = [request.json, request.lines, request.form];
  if (bodies.filter((body) => body !== undefined).length > 1) return block('body');
  return {
    method: route.method,
    url,
    headers,
    json:
      request.json === undefined ? null : (checkedJson(route.json, request.json) ?? block('json')),
    lines:
      request.lines === undefined ? null : (checkedLines(route, request.lines) ?? block('json')),
    form:
      request.form === undefined ? null : (checkedForm(route.form, request.form) ?? block('form')),
  };
}

/** The path with its parameters encoded, or null when one is missing, left over, or could lead elsewhere. */
function filledPath(path: string, params: Readonly<Record<string, string>>): string | null {
  const left = new Set(Object.keys(params));
  const segments = path.split('/').map((segment) => {
    const name = parameterName(segment);
    if (name === null) return segment;
    const value = Object.hasOwn(params, name) ? (params[name] ?? '') : '';
    left.delete(name);
    return /^\.{0,2}$/.test(value) || !value.isWellFormed() ? null : encodeURIComponent(value);
  });
  return left.size > 0 || segments.includes(null) ? null : segments.join('/');
}

/** `id` of `{id}`; null for a segment that stands for itself. */
export function parameterName(segment: string): string | null {
  return segment.startsWith('{') && segment.endsWith('}') ? segment.slice(1, -1) : null;
}

function listedHeaders(
  policy: EgressPolicy,
  headers: Readonly<Record<string, string>>,
): Record<string, string> | null {
  const listed = new Set(policy.headers.map((name) => name.toLowerCase()));
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const isListed = listed.has(lower) || PLAIN_HEADERS.has(lower);
    // Printable ASCII only: no value can end its line and begin another header.
    if (!isListed || !/^[\x20-\x7e]*$/.test(value)) return null;
    checked[lower] = value;
  }
  return checked;
}

/** The text that leaves, written once and checked as a receiver would read it. */
function checkedJson(shape: JsonShape | undefined, json: unknown): string | null {
  const text: string | undefined = JSON.stringify(json);
  if (shape === undefined || text === undefined) return null;
  return fits(JSON.parse(text), shape) ? text : null;
}

function checkedLines(
  { lines: shapes = [], linesType: type = 'application/x-ndjson' }: EgressRoute,
  lines: readonly unknown[],
): Outgoing['lines'] {
  if (shapes.length === 0 || lines.length !== shapes.length) return null;
  const texts = lines.map((line, index) => checkedJson(shapes[index], line));
  return texts.includes(null) ? null : { type, text: texts.join('\n') };
}

function fits(value: unknown, shape: JsonShape): boolean {
  if (shape === true || value === null) return true;
  if (isList(shape)) return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, below]) => {
    const allowed = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return allowed !== undefined && fits(below, allowed);
  });
}

function isList(shape: Exclude<JsonShape, true>): shape is readonly [JsonShape] {
  return Array.isArray(shape);
}

function checkedForm(fields: readonly string[] | undefined, form: FormData): FormData | null {
  return [...form.keys()].every((name) => fields?.includes(name)) ? form : null;
}
