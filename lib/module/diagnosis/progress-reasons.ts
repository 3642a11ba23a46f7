import type { ProjectionProgress } from '../../projections/projection-progress.js';
import { type DiagnosisInputs, listed } from './diagnosis-inputs.js';

/** Why a projection says little about how far it is, the first that holds. */
const causes: readonly (readonly [
  (progress: ProjectionProgress, inputs: DiagnosisInputs) => boolean,
  string,
])[] = [
  [({ owned }) => !owned, 'Another process publishes it'],
  [
    ({ unreadable }) => unreadable,
    'Its head or checkpoint source has not answered for three periods (see faults); unknown is absent, not 0',
  ],
  [
    ({ name }, { runtime }) => runtime.projections.of(name).series === undefined,
    'A limit or rule of cardinality leaves it no series of its own',
  ],
  [
    ({ name, lagEvents, lagSeconds }, { runtime }) =>
      runtime.projections.of(name).tracker.settings.head === undefined &&
      (lagEvents ?? lagSeconds) === undefined,
    'It has no head source (option projections.head) and has applied nothing, so nobody knows what is left',
  ],
  [
    ({ lagEvents, lagSeconds }) => lagEvents === undefined && lagSeconds === undefined,
    'Its sources have not answered yet, or cannot tell',
  ],
];

/** Why projections do not show how far they are. */
export function progressReasons(inputs: DiagnosisInputs): string[] {
  const all = inputs.runtime.projections.progress();
  const found = new Map<string, string[]>();
  for (const progress of all) {
    const cause = causes.find(([holds]) => holds(progress, inputs))?.[1];
    if (cause !== undefined) found.set(cause, [...(found.get(cause) ?? []), progress.name]);
  }
  return [...found].map(([cause, names]) => `${cause}: ${listed(names)}.`);
}
