// Preloaded into every contender, so that each runs its own entry unchanged. Reports the process's CPU time to the
// parent.

import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'

let session: Session | undefined

async function answer(question: unknown): Promise<unknown> {
  if (question === 'usage') {
    const { user, system } = process.cpuUsage()
    return { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }
  }
  if (question === 'start profile') {
    session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 250 })
    await session.post('Profiler.start')
    return {}
  }
  if (question === 'stop profile' && session) {
    const { profile } = await session.post('Profiler.stop')
    const path = process.env.BENCH_PROFILE ?? 'profile.cpuprofile'
    await writeFile(path, JSON.stringify(profile))
    return { path }
  }
  return {}
}

process.on('message', (question) => {
  void answer(question).then((reply) => process.send?.(reply))
})
// Exits when the parent was killed.
process.on('disconnect', () => process.exit())
// A listener would keep the process alive after it has stopped serving.
process.channel?.unref()
