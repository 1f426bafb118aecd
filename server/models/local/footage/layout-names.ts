/** Every way of arranging a shot; each is drawn by the file of its name in layouts/. */
export const LAYOUTS = [
  'landscape',
  'closeup',
  'steps',
  'number',
  'quote',
  'versus',
  'route',
  'timeline',
  'space',
  'underwater',
  'seaside',
  'city',
  'growth',
  'crowd',
  'constellation',
  'abstract',
] as const;
export type LayoutName = (typeof LAYOUTS)[number];
