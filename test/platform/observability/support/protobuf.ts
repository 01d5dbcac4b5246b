/** The fields of a protobuf message by their numbers: numbers of varints and fixed 64 bits, bytes of everything else. */
export function fieldsIn(message: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const bytes = (length: number): Buffer => {
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = Number(varint())
    const [number, type] = [tag >> 3, tag & 7]
    const value =
      type === 0 ? varint() : type === 1 ? bytes(8).readBigUInt64LE() : type === 2 ? bytes(Number(varint())) : bytes(4)
    fields.set(number, [...(fields.get(number) ?? []), value])
  }
  return fields
}
