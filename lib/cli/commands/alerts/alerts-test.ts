import type { AlertEpisode } from '../../../alerts/trial/alert-episodes.js';
import { alertEpisodes } from '../../../alerts/trial/alert-episodes.js';
import { sourceOf, tryRules } from '../../../alerts/trial/rule-trial.js';
import { type CommandCall, exitCodes, type ExitCode } from '../../command.js';
import { durationText, invalid } from '../../times.js';
import { chosenRules, type ChosenRules, groupOfAlert } from './chosen-rules.js';
import { episodeData, episodeTable } from './episode-table.js';
import { endOf, exampleOf, readSeriesFile, samplesOf, type SeriesInput } from './series-file.js';

const EVERY_MS = 15_000;

interface Trial {
  /** Series: of a file, or those in which the alert must fire or stay quiet. */
  readonly title: string;
  readonly input: SeriesInput;
  readonly mustFire: boolean;
}

/** Evaluates an alert on series, and prints when it is pending, fires and ends. */
export async function testAlert(call: CommandCall): Promise<ExitCode> {
  const { args, json, print, strong } = call;
  const [name = ''] = args;
  const rules = await chosenRules(call);
  const group = groupOfAlert(rules.groups, name);
  const results: object[] = [];
  let isWell = true;
  for (const trial of await trialsOf(call, name)) {
    const episodes = await episodesOf(rules, group, trial.input);
    const fires = episodes.some(({ firedMs }) => firedMs !== undefined);
    const isExpected = fires === trial.mustFire;
    isWell &&= isExpected;
    const data = episodes.map((it) => episodeData(it, (ms) => ms / 1_000));
    results.push({ series: trial.title, fires, isExpected, alerts: data });
    if (json) continue;
    print(`${strong(name)} ${outcomeOf(fires, isExpected)} in ${trial.title}`);
    if (episodes.length > 0)
      for (const line of episodeTable(episodes, durationText, strong)) print(`  ${line}`);
  }
  if (json) print(JSON.stringify({ alert: name, isWell, trials: results }));
  return isWell ? exitCodes.ok : exitCodes.problem;
}

function outcomeOf(fires: boolean, isExpected: boolean): string {
  const outcome = fires ? 'fires' : 'does not fire';
  return isExpected ? outcome : `${outcome.toUpperCase()}, unlike expected,`;
}

async function trialsOf({ options }: CommandCall, name: string): Promise<readonly Trial[]> {
  const { series } = options;
  if (typeof series === 'string')
    return [{ title: series, input: await readSeriesFile(series), mustFire: true }];
  const firing = exampleOf(name, 'firing');
  const quiet = exampleOf(name, 'quiet');
  if (firing === undefined || quiet === undefined) {
    const remedy = 'Pass --series FILE.';
    throw invalid('RULE', name, ['is no shipped alert, and has no series of its own', remedy]);
  }
  const isSilent = Object.keys(quiet.noted).length === 0;
  return [
    { title: 'the series in which it must fire', input: firing, mustFire: true },
    ...(isSilent
      ? []
      : [{ title: 'the series in which it must stay quiet', input: quiet, mustFire: false }]),
  ];
}

function episodesOf(
  rules: ChosenRules,
  group: ChosenRules['groups'][number],
  input: SeriesInput,
): Promise<readonly AlertEpisode[]> {
  const series = samplesOf(input, rules, 0);
  const endMs = Math.max(endOf(series, 0), 30 * 60_000);
  const times = { startMs: 0, endMs, everyMs: EVERY_MS };
  return alertEpisodes(tryRules({ groups: [group], source: sourceOf(series), ...times }));
}
