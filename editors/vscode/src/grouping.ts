// How findings are ordered and put into groups in the view. Pure: findings in, groups out.
import * as vscode from 'vscode';
import { SEVERITIES, type Severity, type Shown } from './findings.js';

export type GroupBy = 'file' | 'severity' | 'rule';

export interface Group {
  readonly key: string;
  readonly label: string;
  readonly by: GroupBy;
  /** The worst in it. */
  readonly severity: Severity;
  readonly uri: vscode.Uri | undefined;
  readonly findings: readonly Shown[];
}

/** Groups with the worst first, and in each group by place. */
export function group(findings: readonly Shown[], by: GroupBy): Group[] {
  const groups = new Map<string, Shown[]>();
  for (const finding of findings) {
    const key = by === 'file' ? finding.uri.toString() : by === 'severity' ? finding.severity : finding.rule;
    const list = groups.get(key);
    if (list) list.push(finding);
    else groups.set(key, [finding]);
  }
  const result = [...groups].map(([key, list]): Group => {
    list.sort(byPlace);
    const worst = list.reduce((a, b) => (rank(a.severity) <= rank(b.severity) ? a : b)).severity;
    const uri = by === 'file' ? list[0]!.uri : undefined;
    return { key, label: label(by, key, uri), by, severity: worst, uri, findings: list };
  });
  return result.sort((a, b) => rank(a.severity) - rank(b.severity) || compare(a.key, b.key));
}

export function severityName(severity: Severity): string {
  switch (severity) {
    case 'error': return vscode.l10n.t('Errors');
    case 'warning': return vscode.l10n.t('Warnings');
    case 'info': return vscode.l10n.t('Notes');
    case 'hint': return vscode.l10n.t('Hints');
  }
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function label(by: GroupBy, key: string, uri: vscode.Uri | undefined): string {
  if (by === 'severity') return severityName(key as Severity);
  return uri ? (uri.path.split('/').pop() ?? key) : key;
}

function byPlace(a: Shown, b: Shown): number {
  return compare(a.uri.toString(), b.uri.toString()) || a.range.start.compareTo(b.range.start) || compare(a.rule, b.rule);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
