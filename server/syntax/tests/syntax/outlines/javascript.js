import React, { useState as state } from 'react';
import './styles.css';
const fs = require('fs'), { join, resolve: absolute } = require('path');
export * as tools from './tools';

/**
 * Adds.
 */
export function add(a, b = 1, { c, d: [e] } = {}, ...rest) {
  const sum = a + b + c + e;
  for (const item of rest) log(item, sum);
  try { risky(); } catch (error) { report(error); }
  return rest.map(x => x * FACTOR);
}

export const FACTOR = 2;
let counter = 0, other;
const later = async (n) => { await add(n, ...list); };
async function* walk() { yield* later(); }

export default class Store extends Base {
  #count = 0;
  static create() { return new Store(); }
  get size() { return this.#count; }
  onClick = async event => this.handle(event.target);
  async load(id) { const { data } = await fetch(`/x/${id}`); return data; }
}
class Leaf extends React.Component { render() { return <Panel.Row title={state}><Item/></Panel.Row>; } }

Store.prototype.reset = function () { counter = 0; };
const api = { get(path) { return absolute(path); }, post: (path) => join(path), limit: 3 };
module.exports = { later, walk: walk };
exports.single = counter;

describe('store', () => {
  beforeEach(setup);
  it.each([1, 2])(`adds %d`, (n) => { expect(add(n)).toBe(n); });
  test('works', async function () { new Leaf(); });
});
const lazy = () => import('./lazy');
