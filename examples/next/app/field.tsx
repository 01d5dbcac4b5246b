import type { ComponentProps } from 'react'

type Choice = { id: string; name: string }
type Props = { label: string; name: string; error: string | undefined; choices?: readonly Choice[] }

/** An input, or a choice of several, with its label and what is wrong with it. */
export function Field({ label, error, choices, ...input }: Props & ComponentProps<'input'>) {
  const { name, defaultValue } = input
  const errorId = `${name}-error`
  const described = { 'aria-invalid': error !== undefined, 'aria-describedby': error && errorId }
  return (
    <p>
      <label htmlFor={name}>{label}</label>
      {choices ? (
        // React resets a form after its action, and a select then to its first option: with the key it is a new one.
        <select key={`${defaultValue}`} id={name} name={name} defaultValue={defaultValue} {...described}>
          <option value="">Choose one</option>
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {choice.name}
            </option>
          ))}
        </select>
      ) : (
        <input id={name} {...input} {...described} />
      )}
      {error && (
        <span id={errorId} className="error">
          {error}
        </span>
      )}
    </p>
  )
}
