import type { World } from '../../support/world.ts'
import * as anyKey from './api-key.ts'

const scopes = ['orders:read']

/** The default properties of a key that reads orders. */
export const keyInput = (changes: object = {}) => anyKey.keyInput({ scopes, ...changes })

/** A key made by the admin that reads orders: its id, and its secret. */
export const newKey = (world: World, changes: object = {}) => anyKey.newKey(world, { scopes, ...changes })
