import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ApiService } from '../service.ts';
import { codeOf } from '../shapes.ts';

const choices = z.object({ data: z.array(z.object({ id: z.string() })).min(1) });

/** Writing and choices. */
export function walkStudio(service: () => ApiService): void {
  describe('writing', () => {
    test('ideas, a script of one, and a better prompt', async () => {
      const asked = { topic: 'Why octopuses have three hearts', count: 2 };
      const ideas = await service().request('POST', '/v1/ideas', { body: asked });
      expect(ideas.status).toBe(200);
      const { data } = z.object({ data: z.array(z.unknown()) }).parse(ideas.json);
      expect(data).toHaveLength(2);
      const [idea] = data;
      const script = await service().request('POST', '/v1/scripts', {
        body: { idea, seconds: 10, tone: 'calm' },
      });
      expect(script.status).toBe(200);
      const { scenes } = z.object({ scenes: z.array(z.unknown()).min(1) }).parse(script.json);
      expect(scenes.length).toBeGreaterThan(0);
      const prompt = await service().request('POST', '/v1/prompts/enhance', {
        body: { prompt: 'a cat on a roof' },
      });
      expect(prompt.json).toMatchObject({ original: 'a cat on a roof' });
    });

    test('a script of neither topic nor idea is refused, and says what is missing', async () => {
      const refused = await service().request('POST', '/v1/scripts', { body: {} });
      expect(refused.status).toBe(422);
      expect(codeOf(refused)).toBe('invalid_request');
    });
  });

  test.each(['voices', 'styles', 'formats', 'music'])(
    'there are %s to choose from',
    async (name) => {
      const answer = await service().request('GET', `/v1/${name}`);
      expect(answer.status).toBe(200);
      choices.parse(answer.json);
    },
  );
}
