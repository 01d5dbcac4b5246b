/** A member of a header with weights (RFC 9110, section 12.4.2), in lower case. */
export interface Weighted {
  name: string
  /** From 0, which refuses it, to 1. */
  weight: number
}

/** The members of such a header in its order. Other parameters are ignored, and a weight that is no number refuses. */
export function weightedMembers(header: string): Weighted[] {
  return header.split(',').map((member) => {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { name, weight: weight === undefined ? 1 : Number(weight) || 0 }
  })
}
