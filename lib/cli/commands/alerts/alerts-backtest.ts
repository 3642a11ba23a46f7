import { alertEpisodes } from '../../../alerts/trial/alert-episodes.js';
import { tryRules } from '../../../alerts/trial/rule-trial.js';
import { TargetSeries } from '../../../alerts/engine/target-series.js';
import { readStoredHistory, type StoredHistory } from '../../../history/files/stored-history.js';
import { settingsOf } from '../../../history/history-options.js';
import { errorKind } from '../../../kernel/faults.js';
import { type CommandCall, exitCodes, type ExitCode } from '../../command.js';
import { durationOf, durationText, invalid, timeOf, timeText } from '../../times.js';
import { chosenRules, type ChosenRules, groupOfAlert } from './chosen-rules.js';
import { episodeData, episodeTable } from './episode-table.js';

const MOST_EVALUATIONS = 100_000;

/** Evaluates an alert on the files of a history, and prints when it would have been pending and would have fired. */
export async function backtestAlert(call: CommandCall): Promise<ExitCode> {
  const { args, json, print, strong } = call;
  const [name = ''] = args;
  const rules = await chosenRules(call);
  const group = groupOfAlert(rules.groups, name);
  const history = await historyOf(call, rules);
  const times = timesOf(call, history);
  const { serviceName: job } = rules;
  const source = new TargetSeries(history.source, { job, instance: job });
  const episodes = await alertEpisodes(tryRules({ groups: [group], source, ...times }));
  const fired = episodes.filter(({ firedMs }) => firedMs !== undefined);
  const firedMs = fired.reduce((sum, it) => sum + (it.endedMs ?? times.endMs) - it.firedMs!, 0);
  const range = { from: timeText(times.startMs), to: timeText(times.endMs) };
  if (json) {
    const alerts = episodes.map((it) => episodeData(it, timeText));
    print(
      JSON.stringify({
        alert: name,
        ...range,
        times: fired.length,
        seconds: firedMs / 1_000,
        alerts,
      }),
    );
    return exitCodes.ok;
  }
  const count = fired.length === 1 ? 'once' : `${fired.length} times`;
  print(
    `${strong(name)} from ${range.from} to ${range.to}: fires ${count}, for ${durationText(firedMs)}`,
  );
  if (episodes.length > 0) for (const line of episodeTable(episodes, timeText, strong)) print(line);
  return exitCodes.ok;
}

async function historyOf(call: CommandCall, { sections }: ChosenRules): Promise<StoredHistory> {
  const { history: options = {}, module = {} } = sections;
  const directory = call.options['history'] ?? options.storage?.directory;
  if (typeof directory !== 'string') {
    const rule = 'must be the directory of a history with files';
    throw invalid('--history', directory, [rule, 'Pass the directory of history({ storage }).']);
  }
  const { serviceName, environment } = module;
  const labels = {
    ...(typeof serviceName === 'string' && { service: serviceName }),
    ...(typeof environment === 'string' && { environment }),
  };
  const report = (error: unknown) => call.io.err(`observability: ${errorKind(error)}\n`);
  const settings = settingsOf(options);
  const found = await readStoredHistory(directory, { settings, labels, report }).catch(
    (error: unknown) => {
      const rule = `cannot be read (${errorKind(error)})`;
      throw invalid('--history', directory, [rule, 'Pass the directory of history({ storage }).']);
    },
  );
  if (found.files > 0) return found;
  const rule = 'has no files of a history';
  throw invalid('--history', directory, [rule, 'Pass the directory of history({ storage }).']);
}

function timesOf({ options }: CommandCall, { fromMs, toMs }: StoredHistory) {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const [from, to, step = '1m'] = [text('from'), text('to'), text('step')];
  const startMs = from === undefined ? fromMs : timeOf('--from', from);
  const endMs = to === undefined ? toMs : timeOf('--to', to);
  const everyMs = durationOf('--step', step);
  if (endMs < startMs)
    throw invalid('--to', to, ['must not be before --from', 'Pass a later time.']);
  if ((endMs - startMs) / everyMs > MOST_EVALUATIONS) {
    const rule = `makes more than ${MOST_EVALUATIONS} evaluations`;
    throw invalid('--step', step, [rule, 'Pass a longer step or a shorter time.']);
  }
  return { startMs, endMs, everyMs };
}
