// Prints the sum of the lanes that .ci/run ran: node scripts/count-tests.mjs <result file>=<exit status>…
import { existsSync, readFileSync } from 'node:fs';

const total = { passed: 0, failed: 0, skipped: 0 };
for (const lane of process.argv.slice(2)) {
  const [file, status] = lane.split('=');
  const counts = countsOf(file);
  // A lane that fails without a failed test counts as one failure: an error outside of tests, or no result at all.
  if (status !== '0') counts.failed = Math.max(counts.failed, 1);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0) process.exitCode = 1;

function countsOf(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const isFailed = (it) => it.status === 'failed';
  // A file that does not load has no failed test.
  const broken = result.testResults.filter(
    (it) => isFailed(it) && !it.assertionResults.some(isFailed),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
