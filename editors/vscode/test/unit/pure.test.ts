// The parts that need no editor: where the program is, what is sent, how findings are grouped and counted.
import { describe, expect, test } from 'vitest';
import { judge, locate, type Surroundings } from '../../src/binary.js';
import { coverage, merge } from '../../src/coverage.js';
import { read, type Shown } from '../../src/findings.js';
import { group } from '../../src/grouping.js';
import { isVariable } from '../../src/keys.js';
import { cited, linked } from '../../src/pages.js';
import type { Report, Status } from '../../src/protocol.js';
import { written } from '../../src/settings.js';
import { dollars, look } from '../../src/status.js';
import { hasThread } from '../../src/threads.js';
import { usagePage } from '../../src/usage.js';
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
  test('a budget that is not known yet', () => {
    const shown = look(running, status({ model: { name: 'o/m', ready: true }, spend: { today_usd: 0, budget_usd: null } }), 0);
    expect(shown.tooltip).toContain('Today: $0.00');
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
  // How the change is described comes last: a way to it, then its title, and neither where none can be made.
  expect(coverage(report, undefined, '').at(-1)).toMatchObject({ label: 'Describe the branch', command: 'obelus.ui.describe' });
  expect(coverage(report, undefined, 'Add rates').at(-1)).toMatchObject({ label: 'Pull request', description: 'Add rates', command: 'obelus.ui.showDescription' });
});

test('a price that is not known is no number', () => {
  const report: Report = {
    change: { base: null, head: null, files: 1, additions: 1, deletions: 0 }, findings: [], suppressed: 0, skipped: [],
    stats: { duration_ms: 1, files: 1, rules: 1, model: { name: 'o/m', requests: 1, cost_usd: null } },
  };
  const described = (of: Report): string | undefined => coverage(of, undefined).find((line) => line.label === 'o/m')?.description;
  expect(described(report)).toBe('1 request, price not known');
  const both = merge([report, { ...report, stats: { ...report.stats, model: { name: 'o/m', requests: 2, cost_usd: 1 } } }]);
  expect(both && described(both)).toBe('3 requests, price not known');
});

describe('the page of what models cost', () => {
  const used = { requests: 2, input_tokens: 1200, cached_tokens: 0, output_tokens: 34, cost_usd: 0.004, estimated: false };
  const record = { path: '/state/record.jsonl', requests: 2, broken: null };
  const none = { ...used, requests: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, budget_usd: 5 };
  test('sums, days and the record', () => {
    const day = { ...used, day: '2026-11-21', model: 'own/m|x' };
    const page = usagePage({ today: { ...used, budget_usd: 5 }, month: { ...used, budget_usd: null }, days: [day], learnt: { 'held-back': 1 }, record });
    expect(page).toContain('- **Today**: 2 requests, 1,234 tokens, $0.0040 of $5.00\n- **This month**: 2 requests, 1,234 tokens, $0.0040\n');
    expect(page).toContain('| 2026-11-21 | own/m\\|x | 2 | 1,200 | 0 | 34 | $0.0040 |');
    expect(page).toContain('- held back: 1');
    expect(page).toContain('2 requests, as they were written\n\n`/state/record.jsonl`');
  });
  test('nothing was asked', () => {
    const page = usagePage({ today: none, month: none, days: [], learnt: {}, record: { ...record, requests: 0 } });
    expect(page).toContain('nothing has left this machine');
    expect(page).not.toContain('Day by day');
  });
  test('a price that is not known is not zero, and a changed record is said', () => {
    const day = { ...used, cost_usd: null, day: '2026-11-21', model: 'own/m' };
    const page = usagePage({ today: none, month: none, days: [day], learnt: {}, record: { ...record, broken: { line: 3, why: 'its hash differs' } } });
    expect(page).toContain('price not known');
    expect(page).toContain('**The record of requests was changed**: line 3');
  });
});

test('places on a page open', () => {
  const at = (text: string, root: string | undefined = 'file:///w/a%20b'): string => linked(text, root);
  expect(at('- [src/x.rs:3](file:///w/a%20b/src/x.rs#L3): `x`')).toBe('- [src/x.rs:3](/src/x.rs#L3): `x`');
  expect(at('[a\\_b.rs:3](file:///w/a%20b/a_b%25.rs#L3)')).toBe('[a\\_b.rs:3](/a_b%25.rs#L3)');
  expect(at('[y:1](file:///w/other/y#L1)')).toBe('y:1');
  expect(linked('[src/x.rs:3](file:///w/x#L3)', undefined)).toBe('src/x.rs:3');
  expect(cited('so it is [src/x.rs:3], [web](https://e.example), a[i:2] and [x]')).toBe('so it is [src/x.rs:3](/src/x.rs#L3), [web](https://e.example), a[i:2] and [x]');
});
