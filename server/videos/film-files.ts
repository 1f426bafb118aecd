/** The files of a finished film, as endings of the name the maker gives it. */
export const FILM_FILES = {
  film: '.mp4',
  poster: '.jpg',
  snapshots: ['-1.jpg', '-2.jpg', '-3.jpg'],
  contactSheet: '-contact.jpg',
  srt: '.srt',
  vtt: '.vtt',
  transcript: '.json',
} as const;

/** What each file is called in addresses, by its ending; the film first. */
export const FILM_FILE_NAMES: readonly (readonly [suffix: string, name: string])[] = [
  [FILM_FILES.film, 'film.mp4'],
  [FILM_FILES.poster, 'poster.jpg'],
  ...FILM_FILES.snapshots.map((suffix, index) => [suffix, `snapshot-${index + 1}.jpg`] as const),
  [FILM_FILES.contactSheet, 'contact-sheet.jpg'],
  [FILM_FILES.srt, 'captions.srt'],
  [FILM_FILES.vtt, 'captions.vtt'],
  [FILM_FILES.transcript, 'transcript.json'],
];
