import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { exportText } from './support/export.ts'
import { exportEnded, startExport } from './support/export-job.ts'
import { importReport, ndjson } from './support/import.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** The samples of a metric that are not zero, as `{labels} value`. */
async function samples(name: string): Promise<string[]> {
  const lines = (await world.metrics.registry.getSingleMetricAsString(name)).split('\n')
  return lines
    .filter((line) => line.startsWith(name) && !line.endsWith(' 0'))
    .map((line) => line.slice(name.length))
    .sort()
}

it('exports are counted by kind and outcome, and their rows', async () => {
  const suppliers = '{ suppliers { edges { node { id } } } }'
  await exportText(world, 'admin', suppliers)
  const admin = world.as('admin')
  expect(await exportEnded(admin, await startExport(admin, suppliers))).toMatchObject({ state: 'DONE' })
  const support = world.as('support')
  const denied = await startExport(support, '{ customers { edges { node { email } } } }')
  expect(await exportEnded(support, denied)).toMatchObject({ state: 'FAILED' })
  await expect
    .poll(() => samples('frontdoor_exports_total'))
    .toEqual([
      '{kind="job",outcome="complete"} 1',
      '{kind="job",outcome="failed"} 1',
      '{kind="stream",outcome="complete"} 1',
    ])
  expect(await samples('frontdoor_exported_rows_total')).toEqual([' 58'])
  await expect.poll(() => samples('frontdoor_exports_running')).toEqual([])
})

it('imports are counted by outcome, and their lines', async () => {
  const adjust = (quantity: number) => ({
    productId: encodeId('Product', demoId('product', '1')),
    quantity,
    reason: 'COUNT',
  })
  await importReport(world, 'stockAdjust', ndjson([adjust(1), adjust(2), adjust(0)]))
  await importReport(world, 'stockAdjust', ndjson([adjust(1)]), { search: '?dryRun=true' })
  await importReport(world, 'stockAdjust', ndjson([adjust(1), adjust(0)]), { search: '?onError=rollback' })
  await importReport(world, 'stockAdjust', ndjson([adjust(1)]), { search: '?onError=rollback' })
  await importReport(world, 'stockAdjust', '<rows><row>', { type: 'application/xml' })
  await expect
    .poll(() => samples('frontdoor_imports_total'))
    .toEqual(['{outcome="complete"} 4', '{outcome="refused"} 1'])
  expect(await samples('frontdoor_imported_lines_total')).toEqual(['{outcome="done"} 3', '{outcome="refused"} 1'])
  expect(await samples('frontdoor_imports_running')).toEqual([])
  expect(world.logLines.filter((line) => line.includes('"level":50'))).toEqual([])
})
