import { type FormEvent, useState } from 'react'
import { TextField } from '../form/field.tsx'

type Props = { onToken: (token: string) => void; fault: string | undefined }

/** Your own shop redirects to its OpenID Connect provider here, and gets the token from it. */
export function TokenForm({ onToken, fault }: Props) {
  const [token, setToken] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onToken(token.trim())
  }
  return (
    <form onSubmit={submit} className="stack">
      <TextField
        label="Access token"
        hint="As your sign-in service has given it to you. It is kept until this tab is closed."
        value={token}
        onChange={(event) => setToken(event.target.value)}
        error={fault}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit" className="button button-main">
        Sign in
      </button>
    </form>
  )
}
