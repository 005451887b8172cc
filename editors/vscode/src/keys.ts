// Keys of model providers, in the editor's secret storage. They reach the server through its environment when it
// starts; they never stand in a setting, a file or a log. A key alone never starts a model.
import * as vscode from 'vscode';

/** The environment variables that the built-in providers read. */
export const PROVIDERS: readonly { readonly name: string; readonly variable: string }[] = [
  { name: 'Anthropic', variable: 'ANTHROPIC_API_KEY' },
  { name: 'OpenAI', variable: 'OPENAI_API_KEY' },
  { name: 'Gemini', variable: 'GEMINI_API_KEY' },
];

/** The variables of providers that the user declared; the names only. */
const OTHERS = 'obelus.keyVariables';

export function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name) && !/^(PATH|HOME|SHELL|NODE_.*|LD_.*|DYLD_.*|OBELUS_.*)$/.test(name);
}

export class Keys {
  constructor(private readonly secrets: vscode.SecretStorage, private readonly state: vscode.Memento) {}

  /** The keys as environment variables. */
  async environment(): Promise<Record<string, string>> {
    const env: Record<string, string> = {};
    await Promise.all(this.#variables().map(async (variable) => {
      const key = await this.secrets.get(secret(variable));
      if (key) env[variable] = key;
    }));
    return env;
  }

  /** Asks for a provider and its key. `true` when something has changed. */
  async set(): Promise<boolean> {
    const variable = await this.#pick(vscode.l10n.t('Whose key?'), true);
    if (!variable) return false;
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t('Key for {0}', variable), password: true, ignoreFocusOut: true,
      prompt: vscode.l10n.t('Kept in the editor’s secret storage, and handed to the server when it starts.'),
    });
    if (!key?.trim()) return false;
    await this.secrets.store(secret(variable), key.trim());
    if (!this.#variables().includes(variable)) await this.state.update(OTHERS, [...this.#others(), variable]);
    return true;
  }

  async remove(): Promise<boolean> {
    const variable = await this.#pick(vscode.l10n.t('Which key is to go?'), false);
    if (!variable) return false;
    await this.secrets.delete(secret(variable));
    await this.state.update(OTHERS, this.#others().filter((other) => other !== variable));
    return true;
  }

  #others(): string[] {
    return this.state.get<string[]>(OTHERS, []).filter(isVariable);
  }

  #variables(): string[] {
    return [...PROVIDERS.map((provider) => provider.variable), ...this.#others()];
  }

  async #pick(title: string, withOther: boolean): Promise<string | undefined> {
    const known = await this.environment();
    const items: (vscode.QuickPickItem & { variable?: string })[] = this.#variables()
      .filter((variable) => withOther || known[variable])
      .map((variable) => ({
        label: PROVIDERS.find((provider) => provider.variable === variable)?.name ?? variable,
        description: variable,
        detail: known[variable] ? vscode.l10n.t('a key is set') : undefined,
        variable,
      }));
    if (withOther) items.push({ label: vscode.l10n.t('Another…'), description: vscode.l10n.t('the `key_env` of a provider in your config.toml') });
    if (items.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Obelus keeps no key.'));
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(items, { title });
    if (!picked || picked.variable) return picked?.variable;
    return vscode.window.showInputBox({
      title: vscode.l10n.t('Name of the environment variable'), placeHolder: 'MY_PROVIDER_KEY',
      validateInput: (name) => (isVariable(name) ? undefined : vscode.l10n.t('Capital letters, digits and _, as in your config.toml.')),
    });
  }
}

function secret(variable: string): string {
  return `obelus.key.${variable}`;
}
