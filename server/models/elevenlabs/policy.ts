import type { EgressPolicy, Keyring } from '../../platform/egress/egress.ts';
import { VENDOR } from './errors.ts';

/** All that may be said to the vendor. Nothing here can name a user. */
export function elevenLabsPolicy(baseUrl: string): EgressPolicy {
  return {
    vendor: VENDOR,
    baseUrl,
    fileHosts: [],
    headers: ['xi-api-key'],
    routes: [
      {
        method: 'POST',
        path: '/v1/text-to-speech/{voice_id}/with-timestamps',
        query: ['output_format', 'enable_logging'],
        json: {
          text: true,
          model_id: true,
          language_code: true,
          seed: true,
          previous_text: true,
          next_text: true,
        },
      },
      { method: 'GET', path: '/v2/voices', query: ['page_size', 'next_page_token'] },
    ],
  };
}

export function elevenLabsKeys(apiKeys: readonly string[]): Keyring {
  return { header: 'xi-api-key', values: apiKeys, refusals: [401] };
}
