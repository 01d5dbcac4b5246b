import type { Transaction, Transactions } from './transaction.ts'

class Undone extends Error {}

/** Runs a transaction that decides at its end whether it is committed. */
export async function runOrUndo(
  transactions: Transactions,
  write: (tx: Transaction) => Promise<'commit' | 'undo'>,
): Promise<void> {
  const decided = async (tx: Transaction) => {
    if ((await write(tx)) === 'undo') throw new Undone()
  }
  try {
    await transactions.run(decided)
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
}
