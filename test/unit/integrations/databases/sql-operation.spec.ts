import { describe, expect, it } from 'vitest';
import { sqlOperation } from '../../../../lib/integrations/databases/sql-operation.js';

describe('the operation of a statement', () => {
  it.each([
    ['select 1', 'select'],
    ['  \n SELECT 1', 'select'],
    ['-- orders\nselect 1', 'select'],
    ['/* a; delete */ /* b */ insert into t values (1)', 'insert'],
    ['((select 1) union (select 2))', 'select'],
    ['values (1)', 'select'],
    ['START TRANSACTION', 'begin'],
    ['end', 'commit'],
    ['ROLLBACK TO SAVEPOINT a', 'rollback'],
    ['with a as (select 1) select * from a', 'select'],
    ['with a as (select 1), b as (delete from t returning 1) insert into t table a', 'insert'],
    ['WITH RECURSIVE a(n) AS MATERIALIZED (values (1)) update t set n = 1', 'update'],
    ["with a as (select ')', '(', 'it''s' /* ) */) delete from t", 'delete'],
    ['with update as (select 1), delete as (select 2) merge into t using update on true', 'merge'],
    ['with "a ) select" as (select 1) delete from t', 'delete'],
    ['vacuum', 'other'],
    ['selection', 'other'],
    ['with a as (select 1', 'other'],
    ['with', 'other'],
    ['/* never ends', 'other'],
    ['', 'other'],
    ['42', 'other'],
    ['constructor', 'other'],
  ])('The statement %j is %s', (statement, operation) => {
    expect(sqlOperation(statement)).toBe(operation);
  });

  it('A value that is no text is other', () => {
    for (const it of [undefined, null, 1, {}, ['select']]) expect(sqlOperation(it)).toBe('other');
  });

  it('A statement of megabytes is not read to its end', () => {
    const statement = `with a as (select '${'x'.repeat(5_000_000)}') select 1`;
    const startedMs = performance.now();
    for (let i = 0; i < 1_000; i++) sqlOperation(statement);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
