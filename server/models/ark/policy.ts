import type { EgressPolicy } from '../../platform/egress/egress.ts';
import { VENDOR } from './meanings.ts';

const CREATE_TASK = {
  model: true,
  content: [{ type: true, text: true, role: true, image_url: { url: true } }],
  ratio: true,
  resolution: true,
  duration: true,
  seed: true,
  generate_audio: true,
  watermark: true,
  return_last_frame: true,
  callback_url: true,
} as const;

const CHAT = {
  model: true,
  messages: [{ role: true, content: true }],
  thinking: { type: true },
  max_tokens: true,
  temperature: true,
  // The schema is a constant of ours.
  response_format: { type: true, json_schema: { name: true, strict: true, schema: true } },
} as const;

/** All that may be said to the vendor when filming. Nothing here can name a user. */
export function videoPolicy(baseUrl: string, fileHosts: readonly string[]): EgressPolicy {
  return {
    vendor: VENDOR,
    baseUrl,
    fileHosts,
    headers: ['authorization'],
    routes: [
      { method: 'POST', path: '/contents/generations/tasks', json: CREATE_TASK },
      { method: 'GET', path: '/contents/generations/tasks', query: ['page_num', 'page_size'] },
      { method: 'GET', path: '/contents/generations/tasks/{id}' },
      { method: 'DELETE', path: '/contents/generations/tasks/{id}' },
    ],
  };
}

/** All that may be said to the vendor when writing. */
export function chatPolicy(baseUrl: string): EgressPolicy {
  return {
    vendor: VENDOR,
    baseUrl,
    fileHosts: [],
    headers: ['authorization'],
    routes: [{ method: 'POST', path: '/chat/completions', json: CHAT }],
  };
}
