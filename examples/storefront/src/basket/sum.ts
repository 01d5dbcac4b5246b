/** The exact sum of amounts of one currency, each times its quantity. It has as many decimals as the amounts. */
export function sumOf(amounts: readonly { amount: string; times: number }[]): string {
  const digits = Math.max(0, ...amounts.map(({ amount }) => amount.split('.')[1]?.length ?? 0))
  const sum = amounts.reduce((total, { amount, times }) => total + minor(amount, digits) * BigInt(times), 0n)
  const text = sum.toString().padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function minor(amount: string, digits: number): bigint {
  const [whole = '0', part = ''] = amount.split('.')
  return BigInt(whole + part.padEnd(digits, '0'))
}
