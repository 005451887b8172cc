// What models were asked and what that cost, as a page. Pure.
import * as vscode from 'vscode';
import { dollars } from './status.js';

interface Used {
  readonly requests: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly output_tokens: number;
  /** `null` where the price of a model is not known. */
  readonly cost_usd: number | null;
  readonly estimated: boolean;
}

/** What `obelus.usage` returns (`obelus.usage/1`). */
export interface Usage {
  readonly today: Used & { readonly budget_usd: number | null };
  readonly month: Used & { readonly budget_usd: number | null };
  readonly days: readonly (Used & { readonly day: string; readonly model: string })[];
  readonly learnt: Readonly<Record<string, number>>;
  readonly record: { readonly path: string; readonly requests: number; readonly broken: { readonly line: number; readonly why: string } | null };
}

/** The page. */
export function usagePage({ today, month, days, learnt, record }: Usage): string {
  const lines = [`# ${vscode.l10n.t('What Models Were Asked')}`, ''];
  const sum = (name: string, used: Usage['today']): void => {
    const of = used.budget_usd === null ? '' : vscode.l10n.t(' of {0}', dollars(used.budget_usd));
    const tokens = vscode.l10n.t('{0} tokens', grouped(used.input_tokens + used.output_tokens));
    lines.push(`- **${name}**: ${requests(used.requests)}, ${tokens}, ${money(used)}${of}`);
  };
  sum(vscode.l10n.t('Today'), today);
  sum(vscode.l10n.t('This month'), month);
  lines.push('');
  if (days.length === 0) lines.push(vscode.l10n.t('No model was asked yet: nothing has left this machine.'), '');
  if (days.length > 0) {
    lines.push(`## ${vscode.l10n.t('Day by day')}`, '');
    const head = [vscode.l10n.t('Day'), vscode.l10n.t('Model'), vscode.l10n.t('Requests'), vscode.l10n.t('Input'), vscode.l10n.t('Cached'), vscode.l10n.t('Output'), vscode.l10n.t('Cost')];
    lines.push(`| ${head.join(' | ')} |`, '|---|---|--:|--:|--:|--:|--:|');
    for (const day of days) {
      const figures = [day.requests, day.input_tokens, day.cached_tokens, day.output_tokens].map(grouped);
      lines.push(`| ${[day.day, plain(day.model), ...figures, money(day)].join(' | ')} |`);
    }
    lines.push('');
  }
  const known = Object.entries(learnt);
  if (known.length > 0) {
    lines.push(`## ${vscode.l10n.t('Learnt in this workspace')}`, '');
    for (const [name, count] of known) lines.push(`- ${plain(name.replaceAll('-', ' '))}: ${grouped(count)}`);
    lines.push('');
  }
  lines.push(`## ${vscode.l10n.t('Record')}`, '');
  lines.push(record.broken
    ? vscode.l10n.t('**The record of requests was changed**: line {0}, {1}', record.broken.line, plain(record.broken.why))
    : vscode.l10n.t('{0}, as they were written', requests(record.requests)));
  lines.push('', `\`${record.path.replaceAll('`', '')}\``, '');
  return lines.join('\n');
}

function requests(count: number): string {
  return count === 1 ? vscode.l10n.t('1 request') : vscode.l10n.t('{0} requests', grouped(count));
}

function money({ cost_usd, estimated }: Used): string {
  if (cost_usd === null) return vscode.l10n.t('price not known');
  return estimated ? vscode.l10n.t('about {0}', dollars(cost_usd)) : dollars(cost_usd);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Text that Markdown shall show as it is. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>-]/g, '\\$&');
}
