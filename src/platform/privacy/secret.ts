/** Whether the value of an output field is a secret that is good for everyone who has it: see the option `secret` of fields. */
export function isSecret({ extensions }: { readonly extensions: Readonly<Record<string, unknown>> }): boolean {
  const options = extensions.pothosOptions
  return typeof options === 'object' && options !== null && Reflect.get(options, 'secret') === true
}
