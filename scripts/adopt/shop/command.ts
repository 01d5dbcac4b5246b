import { join } from 'node:path'
import type { Command } from '../../run-script.ts'
import { checkRemovable, removeShop } from './remove.ts'

const option = '--remove-shop'
const usage = `
npm run adopt -- URL ${option}      then removes the shop: its code, tests, data, examples and pages
npm run adopt -- ${option}          removes it from a project that has adopted a database already`

/** The command with an option that removes the shop, after what else it is asked for. */
export function withRemoveShop(adopt: Command): Command {
  return {
    usage: adopt.usage.replace(/\n(?=\n)/, `${usage}\n`),
    async run(args, env) {
      const others = args.filter((arg) => arg !== option)
      if (others.length === args.length) return adopt.run(args, env)
      const [name, folder] = others.slice(-2)
      const isInOther = name === '--in' && folder !== undefined
      const root = isInOther ? folder : join(import.meta.dirname, '../../..')
      const isAlone = others.length === (isInOther ? 2 : 0)
      if (isAlone) await checkRemovable(root)
      const adopted = isAlone ? [] : [await adopt.run(others, env)]
      const removed = await removeShop(root, (message) => console.error(`… ${message}`))
      return [...adopted, removed].join('\n\n')
    },
  }
}
