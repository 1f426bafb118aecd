import { Command, CommanderError, Option } from 'commander';
import { CAPTION_STYLES, PRESETS, TRANSITIONS } from '../compose/look.ts';
import { FORMATS } from '../media/formats.ts';
import { MUSIC_MOODS } from '../models/local/music/moods.ts';
import { readConfig } from '../platform/config.ts';
import { addAdminCommands } from './admin/commands.ts';
import { EXIT, reportProblem } from './exit.ts';
import { endOnEscape } from './last-words.ts';

/** The command line: names, options and help. Each command's work is in a file of its own, loaded when it runs. */

const program = new Command('clipt')
  .description('A short-video studio: a topic or a script in, a finished captioned video out.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for what can be given)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'clipt: ')) })
  .exitOverride();

const look = [
  new Option('--format <format>', 'shape of the picture').choices(FORMATS).default('9:16'),
  new Option('--style <style>', 'caption style').choices(CAPTION_STYLES).default('pop'),
  new Option('--voice <id>', 'who speaks (./clipt doctor lists the voices)'),
  new Option('--music <mood>', 'music under the voice')
    .choices([...MUSIC_MOODS, 'auto', 'none'])
    .default('auto'),
  new Option('--preset <preset>', 'encoder effort').choices(PRESETS).default('default'),
  new Option('--transition <kind>', 'between scenes').choices(TRANSITIONS).default('cut'),
];
const json = new Option('--json', 'print one JSON object on stdout, and nothing else there');
const output = new Option('-o, --output <file.mp4>', 'where the video goes; sidecars go beside it');
const language = new Option('--language <code>', 'language of the narration (BCP 47)').default(
  'en',
);

const account = new Option('--account <id>', 'whose (default: the owner of this installation)');

const make = program
  .command('make')
  .description('make a video from a topic or a script; the same command again resumes or reuses')
  .argument('[topic]', 'what the video is about')
  .option('--script <file>', 'your own script: one scene a paragraph, or JSON; - reads stdin')
  .option('--seconds <n>', 'wanted length for a topic, 5 to 180', '30')
  .addOption(language)
  .option('--timeout <seconds>', 'longest to wait for another installation (CLIPT_API_KEY)', '1800')
  .addOption(output)
  .addOption(json);
for (const option of look) make.addOption(option);
make
  .addHelpText(
    'after',
    `
Examples:
  ./clipt make "Why octopuses have three hearts" -o octopus.mp4
  ./clipt make --script coffee.txt --style box --format 1:1
  ./clipt make "Five facts about the Moon" --seconds 20 --music calm --json

A script is plain text, one scene a paragraph. A line such as
  [visual: a red fox in fresh snow]
says what is seen. After a change, run the same command or \`./clipt render\` again:
only what changed is made anew.`,
  )
  .action(async (topic: string | undefined, options: unknown) => {
    const { makeCommand } = await import('./make.ts');
    await makeCommand(topic, options, settings());
  });

program
  .command('render')
  .description('make a video again after you edited its script file')
  .argument('<file>', 'the script file, or the .mp4 or .txt that `make` wrote')
  .addOption(output)
  .addOption(json)
  .addHelpText(
    'after',
    `
Examples:
  ./clipt make "Why cats purr" -o cats.mp4    # writes cats.txt beside it
  # edit cats.txt, then:
  ./clipt render cats.txt`,
  )
  .action(async (file: string, options: unknown) => {
    const { renderCommand } = await import('./render.ts');
    await renderCommand(file, options, settings());
  });

program
  .command('captions')
  .description('caption your own video or audio with the words that are said in it')
  .argument('<file>', 'video or audio file')
  .requiredOption('--script <file>', 'plain text of what is said')
  .addOption(new Option('--style <style>', 'caption style').choices(CAPTION_STYLES).default('pop'))
  .addOption(language)
  .addOption(output)
  .addOption(json)
  .addHelpText(
    'after',
    `
Example:
  ./clipt captions talk.mov --script talk.txt -o talk-captioned.mp4`,
  )
  .action(async (file: string, options: unknown) => {
    const { captionsCommand } = await import('./captions.ts');
    await captionsCommand(file, options, settings());
  });

program
  .command('cancel')
  .description('stop a video that is being made')
  .argument('<video>', 'video id, as --json prints it')
  .addOption(json)
  .action(async (video: string, options: unknown) => {
    const { cancelCommand } = await import('./cancel.ts');
    await cancelCommand(video, options, settings());
  });

program
  .command('start')
  .description('serve the API and the pages, and make videos, until stopped')
  .addHelpText(
    'after',
    `
Prints a sign-in link, and how to go on with curl. Settings are in docs/operations.md.`,
  )
  .action(async () => {
    const { startCommand } = await import('./start.ts');
    await startCommand(settings());
  });

program
  .command('dev')
  .description('serve on vendors standing in, and start anew whenever a source changes')
  .action(async () => {
    const { devCommand } = await import('./dev.ts');
    await devCommand();
  });

program
  .command('link')
  .description('print another one-time sign-in link')
  .action(async () => {
    const { linkCommand } = await import('./start.ts');
    await linkCommand(settings());
  });

const keys = program.command('keys').description('API keys of this installation');
keys
  .command('create')
  .description('make a key; it is printed this once')
  .requiredOption('--name <name>', 'what it is for')
  .option('--scopes <list>', 'what it may do, separated by commas (default: everything)')
  .option('--expires <time>', 'such as 90d or 12h (default: never)')
  .addOption(json)
  .action((options: unknown) => runKeys('create', [], options));
keys
  .command('list')
  .description('the keys there are')
  .addOption(json)
  .action((options: unknown) => runKeys('list', [], options));
keys
  .command('revoke')
  .description('end a key at once')
  .argument('<id>', 'the id that `keys list` prints')
  .addOption(json)
  .action((id: string, options: unknown) => runKeys('revoke', [id], options));

async function runKeys(
  action: 'create' | 'list' | 'revoke',
  args: readonly string[],
  options: unknown,
): Promise<void> {
  const { keysCommand } = await import('./keys.ts');
  await keysCommand(action, args, options, settings());
}

const audit = program.command('audit').description('the record of what was done to accounts');
audit
  .command('verify')
  .description('check every row of it, and what was anchored; names the first row at fault')
  .addOption(json)
  .action((options: unknown) => runAudit('verify', options));
audit
  .command('anchor')
  .description('keep its newest number and hash outside the database, as happens every day')
  .addOption(json)
  .action((options: unknown) => runAudit('anchor', options));

async function runAudit(action: 'verify' | 'anchor', options: unknown): Promise<void> {
  const { auditCommand } = await import('./audit.ts');
  await auditCommand(action, options, settings());
}

addAdminCommands(program, settings);

program
  .command('export')
  .description('write everything that is kept of an account into one archive')
  .addOption(account)
  .option('-o, --output <file.tar>', 'where it goes', 'clipt-export.tar')
  .option('--media', 'with films, clips, sounds and pictures')
  .action(async (options: unknown) => {
    const { exportCommand } = await import('./export.ts');
    await exportCommand(options, settings());
  });

program
  .command('import')
  .description('take an archive that `export` wrote, here or elsewhere, into an account')
  .argument('<file.tar>', 'the archive, made with media')
  .addOption(account)
  .addOption(json)
  .action(async (file: string, options: unknown) => {
    const { importCommand } = await import('./import.ts');
    await importCommand(file, options, settings());
  });

program
  .command('purge')
  .description('remove the accounts that were given up thirty days ago')
  .option('--account <id>', 'this one alone, if it is among them')
  .option('--dry-run', 'tell what would be removed, and remove nothing')
  .addOption(json)
  .action(async (options: unknown) => {
    const { purgeCommand } = await import('./purge.ts');
    await purgeCommand(options, settings());
  });

program
  .command('mcp')
  .description('a Model Context Protocol server over stdio, for the installation at CLIPT_URL')
  .action(async () => {
    const { mcpCommand } = await import('./mcp.ts');
    await mcpCommand(settings());
  });

program
  .command('worker')
  .description('run steps of any video until stopped; start it on as many machines as you like')
  .action(async () => {
    const { workerCommand } = await import('./worker.ts');
    await workerCommand(settings());
  });

program
  .command('doctor')
  .description('check everything that can be wrong here; each failure prints its fix')
  .addOption(json)
  .action(async (options: unknown) => {
    const { doctorCommand } = await import('./doctor.ts');
    await doctorCommand(options, settings);
  });

function settings() {
  return readConfig(process.env);
}

endOnEscape(settings);

// Whoever reads may stop before we do, as in `| head`: the work goes on, and the exit status tells how it ended.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!('code' in error && error.code === 'EPIPE')) throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already; only its idea of the status differs from ours.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.exitCode = reportProblem(error, process.env['CLIPT_LOG'] === 'debug');
  }
}
