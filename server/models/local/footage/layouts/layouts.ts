import type { LayoutName } from '../layout-names.ts';
import type { Layout } from '../stage.ts';
import { abstract } from './abstract.ts';
import { city } from './city.ts';
import { closeup } from './closeup.ts';
import { constellation } from './constellation.ts';
import { crowd } from './crowd.ts';
import { growth } from './growth.ts';
import { landscape } from './landscape.ts';
import { bigNumber } from './number.ts';
import { quote } from './quote.ts';
import { route } from './route.ts';
import { seaside } from './seaside.ts';
import { space } from './space.ts';
import { steps } from './steps.ts';
import { timeline } from './timeline.ts';
import { underwater } from './underwater.ts';
import { versus } from './versus.ts';

/** Every way of arranging a shot, by name. */
export const layouts: { readonly [Name in LayoutName]: Layout } = {
  abstract,
  city,
  closeup,
  constellation,
  crowd,
  growth,
  landscape,
  number: bigNumber,
  quote,
  route,
  seaside,
  space,
  steps,
  timeline,
  underwater,
  versus,
};
