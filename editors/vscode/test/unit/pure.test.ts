// The parts that need no editor: where the program is, what is sent, how findings are grouped and counted.
import { describe, expect, test } from 'vitest';
import { judge, locate, type Surroundings } from '../../src/binary.js';
import { coverage } from '../../src/coverage.js';
import { read, type Shown } from '../../src/findings.js';
import { group } from '../../src/grouping.js';
import { isVariable } from '../../src/keys.js';
import type { Report, Status } from '../../src/protocol.js';
import { written } from '../../src/settings.js';
import { dollars, look } from '../../src/status.js';
import { hasThread } from '../../src/threads.js';
import { Range, Uri } from './vscode.js';

describe('where the program is', () => {
  const around = (more: Partial<Surroundings>, ...files: string[]): Surroundings => ({
    configured: '', extensionDir: '/ext', env: { PATH: '/usr/bin:.:relative', HOME: '/home/a' }, platform: 'linux',
    exists: (file) => files.includes(file), ...more,
  });
  test('what is named wins, even where it is missing', () => {
    expect(locate(around({ configured: ' ~/bin/obelus ' }, '/usr/bin/obelus'))).toEqual({ file: '/home/a/bin/obelus', origin: 'settings' });
  });
  test('then the bundled one, then the path, then where cargo puts it', () => {
    const all = ['/ext/server/obelus', '/usr/bin/obelus', '/home/a/.cargo/bin/obelus'];
    expect(locate(around({}, ...all))?.origin).toBe('bundled');
    expect(locate(around({}, ...all.slice(1)))?.file).toBe('/usr/bin/obelus');
    expect(locate(around({}, ...all.slice(2)))?.file).toBe('/home/a/.cargo/bin/obelus');
    expect(locate(around({}))).toBeUndefined();
  });
  test('never from a relative entry of the path', () => {
    expect(locate(around({ exists: (file) => !file.startsWith('/') }))).toBeUndefined();
  });
  test('what answers is asked who it is', () => {
    const place = { file: '/x', origin: 'path' } as const;
    expect(judge(place, 'obelus 0.1.0\n')).toMatchObject({ kind: 'ready', version: '0.1.0' });
    expect(judge(place, 'obelus 0.0.9\n').kind).toBe('old');
    expect(judge(place, 'obelus 0.10.0-rc.1\n').kind).toBe('ready');
    expect(judge(place, 'node v24').kind).toBe('broken');
  });
});

describe('settings', () => {
  test('only what somebody wrote is sent, in the words of obelus.toml', () => {
    const inspected: Record<string, object> = {
      minSeverity: { defaultValue: 'info', globalValue: 'warning', workspaceValue: 'hint' },
      'checks.security': { defaultValue: true },
      'checks.docs': { defaultValue: true, workspaceFolderValue: false },
      'privacy.neverSend': { globalValue: ['*.pem'] },
      profile: { globalValue: null },
    };
    expect(written((key) => inspected[key])).toEqual({
      min_severity: 'hint', checks: { docs: false }, privacy: { never_send: ['*.pem'] },
    });
  });
  test('a variable for a key cannot be one that changes how programs run', () => {
    expect(['GROQ_API_KEY', 'X'].filter(isVariable)).toHaveLength(2);
    expect(['LD_PRELOAD', 'PATH', 'NODE_OPTIONS', 'OBELUS_MODEL', 'a b', ''].filter(isVariable)).toEqual([]);
  });
});

describe('findings', () => {
  const finding = (file: string, line: number, rule: string, severity: Shown['severity']): Shown => ({
    id: `${file}${line}`, rule, title: rule, severity,
    uri: new Uri(`/w/${file}`) as never, range: new Range(line, 0, line, 1) as never,
  });
  const all = [finding('b.rs', 9, 'x/y', 'warning'), finding('a.rs', 5, 'x/y', 'info'), finding('b.rs', 2, 'z', 'error')];
  test('the worst group comes first, in a group the first line', () => {
    const by = group(all, 'file');
    expect(by.map((one) => [one.label, one.severity, one.findings.map((f) => f.range.start.line)])).toEqual([
      ['b.rs', 'error', [2, 9]], ['a.rs', 'info', [5]],
    ]);
    expect(group(all, 'severity').map((one) => one.label)).toEqual(['Errors', 'Warnings', 'Notes']);
    expect(group(all, 'rule').map((one) => one.label)).toEqual(['z', 'x/y']);
  });
  test('are read from diagnostics of ours alone', () => {
    const range = new Range(1, 2, 1, 3);
    const ours = { source: 'obelus', code: { value: 'a/b', target: '' }, message: 'm', severity: 1, range, data: '00ff' };
    const shown = read(new Uri('/w/a') as never, [ours, { ...ours, source: 'rustc' }, { ...ours, data: undefined }] as never);
    expect(shown.map((one) => [one.id, one.rule, one.severity])).toEqual([['00ff', 'a/b', 'warning'], ['a/b@1:2', 'a/b', 'warning']]);
  });
  test('threads from the severity that is set', () => {
    expect((['error', 'warning', 'info', 'hint'] as const).filter((one) => hasThread(one, 'warning'))).toEqual(['error', 'warning']);
    expect(hasThread('error', 'off')).toBe(false);
    expect(hasThread('hint', 'hint')).toBe(true);
  });
});

describe('the status bar', () => {
  const status = (more: Partial<Status>): Status => ({
    state: 'idle', message: '', index: { files: 10, done: 3 }, model: { name: null, ready: false },
    spend: { today_usd: 0, budget_usd: 5 }, ...more,
  });
  const running = { kind: 'running', version: '0.1.0' } as const;
  test('counts, and says that nothing leaves the machine', () => {
    expect(look(running, status({}), 3)).toMatchObject({ text: '÷ 3', alarm: false, spoken: 'Obelus: 3 findings' });
    expect(look(running, status({}), 0)).toMatchObject({ text: '÷ $(check)', tooltip: ['No findings', 'No model: nothing leaves this machine'] });
  });
  test('names the model and the money', () => {
    const shown = look(running, status({ model: { name: 'o/m', ready: true }, spend: { today_usd: 0.0042, budget_usd: 5 } }), 1);
    expect(shown.tooltip).toEqual(['1 finding', 'Model: o/m', 'Today: $0.0042 of $5.00']);
    expect([0, 0.004, 1.239].map(dollars)).toEqual(['$0.00', '$0.0040', '$1.24']);
  });
  test('shows work and trouble', () => {
    expect(look(running, status({ state: 'reviewing' }), 2).text).toBe('÷ 2 $(loading~spin)');
    expect(look(running, status({ state: 'indexing' }), 2).tooltip[0]).toBe('Indexing 3 of 10 files; 2 findings');
    expect(look(running, status({ state: 'error', message: 'no' }), 2)).toMatchObject({ alarm: true, text: '÷ $(warning)' });
    expect(look({ kind: 'failed', why: 'gone' }, undefined, 0)).toMatchObject({ alarm: true, tooltip: ['Obelus is not running: gone'] });
    expect(look({ kind: 'starting' }, undefined, 0).alarm).toBe(false);
  });
});

test('a report says what was not reviewed', () => {
  const report: Report = {
    change: { base: 'a', head: null, files: 5, additions: 7, deletions: 2 }, findings: [], suppressed: 1,
    skipped: [{ path: 'x.bin', reason: 'binary' }, { path: 'x.bin', reason: 'large' }],
    stats: { duration_ms: 12, files: 4, rules: 300, model: { name: 'o/m', requests: 2, cost_usd: 0.5 } },
  };
  const lines = coverage(report, undefined);
  expect(lines.map((line) => line.label)).toEqual(['4 files reviewed', '2 files not reviewed', '1 finding held back', 'o/m']);
  expect(lines[1]!.inside![0]).toMatchObject({ label: 'x.bin', description: 'binary' });
});
