import x, { a as b, type C } from "./y";
import * as ns from 'z';
export { q } from "./r";
export * from "s";
const fs = require("fs"), { join } = require('path');
/** Doc. */
export const go = async (n: number, { z }: P, ...rest: string[]): Promise<void> => { await b(n, ...rest); new ns.K(1); };
const LIMIT = 3, other = go;
export default class A<T> extends Base<T> implements I, ns.J {
  private size?: number = 1;
  @dec() run(this: A, a?: string, b = 2): C { return this.size + LIMIT + T }
  handler = () => { this.run(`x`) };
}
export interface I extends J { f(x: number): void; g?: string }
export enum E { A, B = 2 }
type T1 = Map<string, E>;
describe("suite", () => { it('works', async () => { expect(go(1)).toBe(2); }); });
namespace N { export function inner() {} }
function later() {}
export { later as now };
declare function ext(a: number): void;
