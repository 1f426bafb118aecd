import { ApiProblem } from '../../../client/client.ts';
import { Problem } from '../../platform/problem.ts';

/** What a tool answers: the object as text and as data, or the refusal with what to do about it. */
export async function answer(work: () => Promise<object>) {
  try {
    const value = await work();
    const text = JSON.stringify(value, null, 2);
    return { content: [{ type: 'text' as const, text }], structuredContent: { ...value } };
  } catch (error) {
    if (!(error instanceof ApiProblem || error instanceof Problem)) throw error;
    const text = [`${error.message} [${error.code}]`, error.action].filter(Boolean).join(' ');
    return { content: [{ type: 'text' as const, text }], isError: true };
  }
}
