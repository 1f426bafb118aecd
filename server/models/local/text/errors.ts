import { Problem } from '../../../platform/problem.ts';

/** What the built-in writer cannot take. */
class WritingProblem extends Problem {}

export const languageNotWritten = () =>
  new WritingProblem({
    kind: 'invalid',
    code: 'language_not_written',
    message: 'The built-in writer knows English only.',
    action:
      'Set ARK_API_KEY for a model that writes this language, bring your own script with --script FILE, or give the topic in English.',
  });

export const topicIsLink = () =>
  new WritingProblem({
    kind: 'invalid',
    code: 'topic_is_link',
    message: 'A link alone is no topic: the built-in writer opens no web pages.',
    action:
      'Say in a few words what the video is about, or bring your own script with --script FILE.',
  });

export const topicUnclear = () =>
  new WritingProblem({
    kind: 'invalid',
    code: 'topic_unclear',
    message: 'The topic holds no word to write about.',
    action:
      'Say in a few words what the video is about, such as “Why octopuses have three hearts”.',
  });
