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
