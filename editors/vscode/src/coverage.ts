// The change in lines: how much of it was reviewed, what was not and why, what a model cost, how it is described. Pure.
import * as vscode from 'vscode';
import type { Report, Status } from './protocol.js';
import { dollars, today } from './status.js';

export interface Line {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: string;
  /** What a click does. */
  readonly command?: string;
  readonly inside?: readonly Line[];
}

/** The reports of several folders as one. */
export function merge(reports: readonly Report[]): Report | undefined {
  return reports.reduce<Report | undefined>((a, b) => {
    if (!a) return b;
    const change = {
      ...a.change, files: a.change.files + b.change.files,
      additions: a.change.additions + b.change.additions, deletions: a.change.deletions + b.change.deletions,
    };
    const models = [a.stats.model, b.stats.model].filter((model) => model !== null);
    const model = models.length === 0 ? null : {
      name: [...new Set(models.map((one) => one.name))].join(', '),
      requests: models.reduce((sum, one) => sum + one.requests, 0),
      cost_usd: models.reduce<number | null>((sum, one) => sum === null || one.cost_usd === null ? null : sum + one.cost_usd, 0),
    };
    const stats = { ...b.stats, duration_ms: a.stats.duration_ms + b.stats.duration_ms, files: a.stats.files + b.stats.files, model };
    return {
      change, stats, findings: [...a.findings, ...b.findings], suppressed: a.suppressed + b.suppressed,
      skipped: [...a.skipped, ...b.skipped],
    };
  }, undefined);
}

/** `title` is that of the change's description: nothing where there is none yet, `undefined` where none can be made. */
export function coverage(report: Report, status: Status | undefined, title?: string): Line[] {
  const { change, skipped, suppressed, stats } = report;
  const reviewed = Math.max(0, change.files - new Set(skipped.map((one) => one.path)).size);
  const lines: Line[] = [{
    label: files(reviewed, vscode.l10n.t('reviewed')),
    description: `+${change.additions} −${change.deletions}`,
    tooltip: vscode.l10n.t('{0} rules in {1} ms', stats.rules, stats.duration_ms),
    icon: 'pass',
  }];
  if (skipped.length > 0) {
    lines.push({
      label: files(skipped.length, vscode.l10n.t('not reviewed')),
      icon: 'circle-slash',
      inside: skipped.map(({ path, reason }) => ({ label: path, description: reason, tooltip: `${path}: ${reason}` })),
    });
  }
  if (suppressed > 0) {
    lines.push({
      label: suppressed === 1 ? vscode.l10n.t('1 finding held back') : vscode.l10n.t('{0} findings held back', suppressed),
      description: vscode.l10n.t('allowed, dismissed or below your thresholds'),
      icon: 'eye-closed',
      command: 'obelus.ui.heldBack',
    });
  }
  if (stats.model) {
    const { name, requests, cost_usd } = stats.model;
    const cost = cost_usd === null ? vscode.l10n.t('price not known') : dollars(cost_usd);
    lines.push({
      label: name,
      description: `${requests === 1 ? vscode.l10n.t('1 request') : vscode.l10n.t('{0} requests', requests)}, ${cost}`,
      icon: 'sparkle',
    });
  }
  if (status && (status.model.name || status.spend.today_usd > 0)) {
    lines.push({ label: vscode.l10n.t('Spent today'), description: today(status.spend), icon: 'credit-card', command: 'obelus.ui.usage' });
  }
  if (title) {
    lines.push({ label: vscode.l10n.t('Pull request'), description: title, icon: 'git-pull-request', command: 'obelus.ui.showDescription' });
  } else if (title !== undefined) {
    lines.push({ label: vscode.l10n.t('Describe the branch'), icon: 'git-pull-request', command: 'obelus.ui.describe' });
  }
  return lines;
}

function files(count: number, what: string): string {
  return count === 1 ? vscode.l10n.t('1 file {0}', what) : vscode.l10n.t('{0} files {1}', count, what);
}
