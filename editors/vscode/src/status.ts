// The status bar entry: what Obelus is doing, the model in use and what it cost today. A click opens the menu.
import * as vscode from 'vscode';
import type { Life } from './server.js';
import type { Status } from './protocol.js';

export interface Look {
  readonly text: string;
  readonly tooltip: readonly string[];
  readonly alarm: boolean;
  /** For a screen reader, which cannot see the sign. */
  readonly spoken: string;
}

/** What to show. Pure. */
export function look(life: Life, status: Status | undefined, findings: number): Look {
  const sign = '÷';
  if (life.kind === 'failed') {
    return { text: `${sign} $(warning)`, tooltip: [vscode.l10n.t('Obelus is not running: {0}', life.why)], alarm: true, spoken: vscode.l10n.t('Obelus is not running') };
  }
  if (life.kind !== 'running' || !status || status.state === 'starting') {
    const text = life.kind === 'off' ? vscode.l10n.t('Obelus is off') : vscode.l10n.t('Obelus is starting');
    return { text: `${sign} $(loading~spin)`, tooltip: [text], alarm: false, spoken: text };
  }
  const count = findings === 0 ? vscode.l10n.t('no findings')
    : findings === 1 ? vscode.l10n.t('1 finding') : vscode.l10n.t('{0} findings', findings);
  const doing = activity(status);
  const busy = status.state === 'reviewing' ? ' $(loading~spin)' : '';
  const tooltip = [doing ? `${doing}; ${count}` : capital(count)];
  tooltip.push(status.model.name
    ? vscode.l10n.t('Model: {0}', status.model.name)
    : vscode.l10n.t('No model: nothing leaves this machine'));
  if (status.model.name || status.spend.today_usd > 0) {
    tooltip.push(vscode.l10n.t('Today: {0}', today(status.spend)));
  }
  if (status.state !== 'error' && status.message) tooltip.push(status.message);
  return {
    text: status.state === 'error' ? `${sign} $(warning)` : `${sign} ${findings === 0 ? '$(check)' : findings}${busy}`,
    tooltip,
    alarm: status.state === 'error',
    spoken: `Obelus: ${doing ? `${doing}, ` : ''}${count}`,
  };
}

function activity(status: Status): string | undefined {
  switch (status.state) {
    case 'indexing': return vscode.l10n.t('Indexing {0} of {1} files', status.index.done, status.index.files);
    case 'reviewing': return vscode.l10n.t('Reviewing');
    case 'error': return status.message || vscode.l10n.t('Something failed; the log says what');
    default: return undefined;
  }
}

/** What was spent today, and of how much. */
export function today({ today_usd, budget_usd }: Status['spend']): string {
  return budget_usd === null ? dollars(today_usd) : vscode.l10n.t('{0} of {1}', dollars(today_usd), dollars(budget_usd));
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.01 ? 4 : 2)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export class StatusItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('obelus.status', vscode.StatusBarAlignment.Left, 0);

  constructor() {
    this.#item.name = 'Obelus';
    this.#item.command = 'obelus.ui.showMenu';
    this.#item.show();
  }

  show(life: Life, status: Status | undefined, findings: number): void {
    const { text, tooltip, alarm, spoken } = look(life, status, findings);
    this.#item.text = text;
    const markdown = new vscode.MarkdownString();
    markdown.appendMarkdown('**Obelus**');
    for (const line of tooltip) markdown.appendMarkdown('\n\n').appendText(line);
    this.#item.tooltip = markdown;
    this.#item.backgroundColor = alarm ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = { label: spoken, role: 'button' };
  }

  dispose(): void {
    this.#item.dispose();
  }
}
