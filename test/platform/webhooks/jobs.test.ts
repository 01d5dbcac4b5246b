import { PgBoss } from 'pg-boss'
import { expect, it, onTestFinished } from 'vitest'
import { createWorld } from '../../support/world.ts'

it('the migrations make the tables that the installed pg-boss expects', async () => {
  const world = await createWorld({ data: 'empty' })
  onTestFinished(() => world.close())
  const boss = new PgBoss({ connectionString: world.databaseUrl, schema: 'jobs', migrate: false, supervise: false })
  await boss.start()
  onTestFinished(() => boss.stop())
  expect(await boss.detectSchemaDrift()).toMatchObject({ ok: true })
})
