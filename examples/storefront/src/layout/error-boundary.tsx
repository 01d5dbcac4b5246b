import { Component, type ReactNode } from 'react'

type Props = { children: ReactNode }

/** Shown when a page throws, with a link back. */
export class ErrorBoundary extends Component<Props, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <div className="page">
        <h1>This page has a fault</h1>
        <div className="notice notice-bad" role="alert">
          <p>It is ours, not yours. Your basket is kept.</p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Load it again
          </button>
        </div>
      </div>
    )
  }
}
