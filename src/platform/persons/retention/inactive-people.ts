import { z } from 'zod'
import type { PrismaClient } from '../../../generated/prisma/client.ts'
import { delegateOf } from '../../auth/delegate.ts'
import type { PersonDesk } from '../../context.ts'
import { keyFieldsOf, type Model, type Row } from '../../database/data-model.ts'
import type { RetentionRule } from '../../database/retention-rule.ts'
import { keySelection, keyTextIn } from '../../database/row-key.ts'
import type { Transactions } from '../../database/transaction.ts'
import { type PersonalData, type Subject, subjectModels } from '../../privacy/map/personal-data.ts'
import { insertRequest } from '../requests/schedule-request.ts'

interface Parts {
  client: PrismaClient
  transactions: Transactions
  persons: PersonDesk
}

const requester = { kind: 'retention', id: null }
const pageRows = 500
const keys = z.array(z.object({ key: z.string() }))
const dayMs = 86_400_000

type Inactivity = NonNullable<Subject['inactive']>

function inactivities(data: Pick<PersonalData, 'subjects'>): [Model, Inactivity][] {
  return subjectModels(data).flatMap((model): [Model, Inactivity][] => {
    const inactive: Subject['inactive'] = data.subjects[model]?.inactive
    return inactive ? [[model, inactive]] : []
  })
}

/** A rule for each model of people that says when they are inactive: their erasure is scheduled. */
export function rulesOfInactivity(data: Pick<PersonalData, 'subjects'>, parts: Parts): RetentionRule[] {
  return inactivities(data).map(([model, inactive]) => ruleOf(model, inactive, parts))
}

/** The same rules as a record names them. */
export function keptPeopleOf(data: Pick<PersonalData, 'subjects'>): Pick<RetentionRule, 'name' | 'keep'>[] {
  return inactivities(data).map(([model, { afterDays }]) => keptPeople(model, afterDays))
}

function ruleOf(model: Model, { afterDays, where }: Inactivity, parts: Parts): RetentionRule {
  const found = () => {
    const since = new Date(Date.now() - afterDays * dayMs)
    return inactivePeople(model, { where: where(since), since }, parts)
  }
  return {
    ...keptPeople(model, afterDays),
    count: async () => (await Array.fromAsync(found())).length,
    apply: async () => {
      let scheduled = 0
      for await (const key of found()) {
        await schedule(model, key, parts)
        scheduled++
      }
      return scheduled
    },
  }
}

function keptPeople(model: Model, afterDays: number): Pick<RetentionRule, 'name' | 'keep'> {
  return { name: `inactive: ${model}`, keep: `${afterDays} days without activity` }
}

/** Those who are not erased, are not about to be, and have not taken their erasure back. */
async function* inactivePeople(
  model: Model,
  { where, since }: { where: object; since: Date },
  { client, transactions }: Parts,
): AsyncGenerator<string> {
  const select = keySelection(model)
  const orderBy = keyFieldsOf(model).map((field) => ({ [field]: 'asc' }))
  for (let skip = 0; ; skip += pageRows) {
    const rows: Row[] = await delegateOf(client, model).findMany({ where, select, orderBy, skip, take: pageRows })
    const page = rows.flatMap((row) => keyTextIn(model, row) ?? [])
    const known = await transactions.run(
      (tx) => tx.$queryRaw`
        select distinct subj_key as "key" from platform.pf_person_request
        where subj_type = ${model} and subj_key = any(${page}::text[]) and kind_cd = 'ERASURE'
          and (state_cd <> 'CANCELLED' or created_ts > ${since})`,
    )
    const asked = new Set(keys.parse(known).map(({ key }) => key))
    yield* page.filter((key) => !asked.has(key))
    if (rows.length < pageRows) return
  }
}

async function schedule(model: Model, key: string, { transactions, persons }: Parts): Promise<void> {
  const beginsAt = new Date(Date.now() + persons.erasureDelayMs)
  const asked = { kind: 'ERASURE', reason: 'RETENTION', beginsAt } as const
  await transactions.run((tx) => insertRequest(tx, { type: model, key }, asked, requester, persons))
}
