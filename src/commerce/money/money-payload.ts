import { z } from 'zod'

export const amountText = z.string().describe('An exact decimal number, such as `12.50`.')
export const currencyText = z.string().describe('The currency, as in ISO 4217.')
