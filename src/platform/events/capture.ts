import { fieldsOf, keyFieldsOf } from '../database/data-model.ts'
import { type Field, type Model, physicalTable } from '../database/physical-names.ts'
import { isSealed, prefixOf } from '../graphql/ids.ts'
import { idNameOf } from './event.ts'
import type { Topic } from './topic.ts'

/** Which writes in plain SQL become which event. Mutations tell their own events, so their writes are not captured. */
export interface Capture {
  /** Its aggregate is the model whose table is captured. Its payload has the id of the row and `rowChange`. */
  readonly topic: Topic
  /** The fields with the key of the owner. */
  readonly owner?: readonly string[]
  /** The names in the API, by the fields of the model. A change of any other field is no event. */
  readonly fields: Readonly<Record<string, string>>
}

/** Checks the names of the fields against the model. */
export function capture<M extends Model>(definition: {
  topic: Topic
  model: M
  owner?: Field<M> | readonly Field<M>[]
  fields: Partial<Record<Field<M>, string>>
}): Capture {
  const { topic, model, owner, fields } = definition
  if (topic.aggregate !== model) throw new Error(`${topic.name} happens to ${topic.aggregate}, not to ${model}`)
  const named = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return {
    topic,
    fields: Object.fromEntries(named),
    ...(owner !== undefined && { owner: typeof owner === 'string' ? [owner] : owner }),
  }
}

/** The triggers of all captures, as a migration: it may be applied again, and replaces what it finds. */
export function captureSql(captures: readonly Capture[]): string {
  return [preamble, ...captures.map(tableSql)].join('\n\n').concat('\n')
}

const preamble = `-- Writes in plain SQL become events. Made by \`npm run migrate -- --capture\` from the captures of the domain.
-- Semicolons in functions are written \\073, since the driver adapter sends a migration cut at each one.`

/**
 * A new partition of the outbox is empty, so the planner would scan it; an import of many rows would then scan what it has
 * written, for each of its rows.
 */
const planSettings = 'SET enable_seqscan = off'

function tableSql({ topic, owner, fields }: Capture): string {
  const model = topic.aggregate
  const table = physicalTable(model)
  const columns = new Map(table.fields.map((field): [string, string] => [field, table.column(field)]))
  const column = (field: string) => columns.get(field) ?? ''
  const keys = keyFieldsOf(model)
  const text = (fields: readonly string[], of: (column: string) => string) =>
    textSql(fields.map((field) => valueSql(model, field, of(column(field)))))
  const [schema = '', name = ''] = table.name.replaceAll('"', '').split('.')
  const routine = `"platform"."pf_capture_${schema}_${name}"`
  const ownerKey = (row: string) => (owner === undefined ? 'NULL::text' : text(owner, (each) => `${row}.${each}`))
  const rows = (change: string, from: string) =>
    `SELECT ${text(keys, (each) => `r.${each}`)} AS key, ${ownerKey('r')} AS owner, '${change}' AS change, ARRAY[]::text[] AS changed FROM ${from} r`
  const events = (changes: string) => `
        INSERT INTO platform.pf_outbox
            (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, event_doc)
        SELECT platform.pf_uuid_v7(), '${topic.name}', ${topic.version}, '${model}', c.key,
            ${owner === undefined || topic.owner === undefined ? 'NULL' : `'${topic.owner}'`}, c.owner,
            coalesce((SELECT max(o.agg_seq) FROM platform.pf_outbox o WHERE o.agg_type = '${model}' AND o.agg_key = c.key), 0) + 1,
            'database',
            jsonb_build_object(${idSql(model)}'change', c.change, 'changed', c.changed)
        FROM (${changes}) c;`
  const body = `BEGIN
    IF TG_OP = 'INSERT' THEN${events(rows('INSERTED', 'after_rows'))}
    ELSIF TG_OP = 'DELETE' THEN${events(rows('DELETED', 'before_rows'))}
    ELSIF TG_OP = 'TRUNCATE' THEN${events(rows('DELETED', table.name))}
    ELSE${events(updatedRows({ keys: keys.map(column), key: text(keys, (each) => `coalesce(a.${each}, b.${each})`), ownerKey, names: namesOf(fields, column) }))}
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('frontdoor_events', '');
    END IF;
    RETURN NULL;
END`
  return [
    `CREATE OR REPLACE FUNCTION ${routine}() RETURNS trigger\nLANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog ${planSettings} AS E'${escaped(body)}';`,
    ...triggersSql(table.name, `${name}_capture`, routine),
  ].join('\n\n')
}

/** A changed key is a row less and another more. */
function updatedRows(parts: {
  keys: readonly string[]
  key: string
  ownerKey: (row: string) => string
  names: [string, string[]][]
}): string {
  const { keys, key, ownerKey, names } = parts
  const [first] = keys
  const isSame = keys.map((each) => `a.${each} = b.${each}`).join(' AND ')
  const tuple = (row: string, columns: readonly string[]) =>
    columns.length === 1 ? `${row}.${columns[0]}` : `(${columns.map((each) => `${row}.${each}`).join(', ')})`
  const changed = names.map(([name, columns]) => {
    return `CASE WHEN ${tuple('b', columns)} IS DISTINCT FROM ${tuple('a', columns)} THEN '${name}' END`
  })
  return `
            SELECT * FROM (
                SELECT ${key} AS key, coalesce(${ownerKey('a')}, ${ownerKey('b')}) AS owner,
                    CASE WHEN b.${first} IS NULL THEN 'INSERTED' WHEN a.${first} IS NULL THEN 'DELETED' ELSE 'UPDATED' END AS change,
                    CASE WHEN ${isSame} THEN array_remove(ARRAY[
                        ${changed.join(',\n                        ')}
                    ], NULL) ELSE ARRAY[]::text[] END AS changed
                FROM before_rows b FULL JOIN after_rows a ON ${isSame}
            ) u WHERE u.change <> 'UPDATED' OR cardinality(u.changed) > 0`
}

/** The columns behind each name of the API. */
function namesOf(fields: Capture['fields'], column: (field: string) => string): [string, string[]][] {
  const byName = Map.groupBy(Object.entries(fields), ([, name]) => name)
  return [...byName].map(([name, entries]) => [name, entries.map(([field]) => column(field))])
}

function triggersSql(table: string, prefix: string, routine: string): string[] {
  const triggers = [
    ['insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS after_rows '],
    ['update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows '],
    ['delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS before_rows '],
    // There are no transition tables of it.
    ['truncate', 'BEFORE TRUNCATE', ''],
  ] as const
  return triggers.map(([kind, event, tables]) => {
    const trigger = `"${prefix}_${kind}"`
    return [
      `DROP TRIGGER IF EXISTS ${trigger} ON ${table};`,
      `CREATE TRIGGER ${trigger} ${event} ON ${table} ${tables}`.trimEnd(),
      `    FOR EACH STATEMENT WHEN (current_setting('frontdoor.tells', true) IS DISTINCT FROM 'on')`,
      `    EXECUTE FUNCTION ${routine}();`,
      // Also for writes with \`session_replication_role = replica\`.
      `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger};`,
    ].join('\n')
  })
}

/** The text of a key, as row-key.ts has it. */
function textSql(values: readonly string[]): string {
  const texts = values.map((value) => `${value}::text`)
  return texts.length === 1 ? texts.join() : `jsonb_build_array(${texts.join(', ')})::text`
}

/** Types whose values have the same text in PostgreSQL and here. */
const sameTexts = new Set(['String', 'Int', 'BigInt'])

function valueSql(model: Model, name: string, value: string): string {
  const field = fieldsOf(model).get(name)
  const isSame = field?.kind === 'enum' || (field?.kind === 'scalar' && sameTexts.has(field.type))
  if (!isSame) throw new Error(`Writes of ${model} cannot be captured: ${name} in its key has the type ${field?.kind}`)
  // A cast would drop the blanks at the end.
  return field.kind === 'scalar' && field.nativeType === 'Char' ? `concat(${value})` : value
}

/** The id in the payload. The database cannot seal a key, so that one gets its id when the event is read: see event.ts. */
function idSql(model: Model): string {
  if (isSealed(model)) return ''
  return `'${idNameOf(model)}', platform.pf_type_id('${prefixOf(model)}', c.key::uuid),
                `
}

function escaped(body: string): string {
  return body.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll(';', '\\073')
}
