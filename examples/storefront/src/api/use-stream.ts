import type { TypedDocumentNode } from '@urql/core'
import { useEffect } from 'react'
import { useClient } from 'urql'
import { onEnd, pipe, subscribe } from 'wonka'

const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * Keeps a subscription open while the page is seen; the cache shows what it tells. A stream that breaks off, or that was
 * closed while the page was hidden, goes on from its last position.
 */
export function useStream<Data, Variables extends { after?: string | null }>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | undefined,
): void {
  const client = useClient()
  const key = JSON.stringify(variables)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the variables.
  useEffect(() => {
    if (!variables) return
    let after: string | undefined
    let failures = 0
    let stop: (() => void) | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const close = () => {
      clearTimeout(timer)
      const stopThis = stop
      stop = undefined
      stopThis?.()
    }
    const openLater = () => {
      close()
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** failures++)
      timer = setTimeout(openIfSeen, pause * (0.5 + Math.random() / 2))
    }
    const openIfSeen = () => {
      close()
      if (globalThis.document.visibilityState === 'hidden') return
      stop = pipe(
        client.subscription(document, { ...variables, after }),
        // Also called by `close`, which has forgotten the stream before.
        onEnd(() => stop && openLater()),
        subscribe(({ data, error, extensions }) => {
          if (typeof extensions?.position === 'string') after = extensions.position
          if (data) failures = 0
          // The server has refused: it would do so again.
          if (error && error.graphQLErrors.length > 0 && !data) close()
        }),
      ).unsubscribe
    }
    openIfSeen()
    globalThis.document.addEventListener('visibilitychange', openIfSeen)
    return () => {
      globalThis.document.removeEventListener('visibilitychange', openIfSeen)
      close()
    }
  }, [client, document, key])
}
