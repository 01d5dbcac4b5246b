import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { checkAgreement } from './agreement.ts'
import type { Wanted } from './arguments.ts'
import { openBenchDatabase } from './database.ts'
import { startLineUp } from './line-up.ts'
import { measure } from './measure.ts'
import { drawPicture } from './picture.ts'
import { resultsJson, writeReport } from './report.ts'

const poolSize = 20

/** The whole measurement: data, contenders, agreement, rounds, report. Ctrl-C ends it with the rounds that are complete. */
export async function measureAll(wanted: Wanted): Promise<void> {
  const started = Date.now()
  const loadBefore = loadavg()[0] ?? 0
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort())
  const database = await openBenchDatabase(wanted.orders)
  try {
    const ground = { database: database.urls, poolSize, sample: database.sample, base: wanted.base }
    const lineUp = await startLineUp(wanted.contenders, wanted.shapes, ground, wanted.orders)
    try {
      await checkAgreement(lineUp.runners, wanted.shapes, database.client)
      await database.reset()
      const measured = await measure(lineUp, wanted, database.client, interruption.signal)
      const tookMs = Date.now() - started
      const report = writeReport(measured, { wanted, pageNumber: lineUp.pageNumber, tookMs, loadBefore })
      await writeFile(join(import.meta.dirname, 'results.md'), report)
      await writeFile(join(import.meta.dirname, 'results.json'), resultsJson(measured))
      await writeFile(join(import.meta.dirname, 'results.svg'), drawPicture(measured))
      console.log(report)
    } finally {
      await lineUp.stop()
      await database.reset()
    }
  } finally {
    await database.stop()
  }
}
