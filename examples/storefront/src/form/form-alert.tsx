/** Errors that belong to none of the fields. */
export function FormAlert({ messages }: { messages: readonly string[] }) {
  if (messages.length === 0) return null
  return (
    <div className="notice notice-bad" role="alert" tabIndex={-1}>
      {messages.map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  )
}
