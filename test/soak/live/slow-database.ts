import pg from 'pg';

/** Makes statements on a table of a PostgreSQL server wait before they are carried out, as a disk that is too slow does. */
export async function slowDown(
  url: string,
  { table, seconds }: { readonly table: string; readonly seconds: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE OR REPLACE FUNCTION be_slow_${table}() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN NULL; END $$`);
    await client.query(`CREATE OR REPLACE TRIGGER be_slow AFTER INSERT OR UPDATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION be_slow_${table}()`);
  } finally {
    await client.end();
  }
}
