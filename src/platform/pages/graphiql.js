// Stands before GraphiQL: puts the credential of the bar on its requests, and shows what an operation has cost.
{
  const viewer = document.getElementById('viewer')
  const token = document.getElementById('token')
  const cost = document.getElementById('cost')
  const kept = 'frontdoor:viewer'

  if (viewer) {
    const linked = /^#run-as=(\d+)$/.exec(location.hash)?.[1]
    viewer.selectedIndex = Number(linked ?? sessionStorage.getItem(kept) ?? 0)
    if (viewer.selectedIndex < 0) viewer.selectedIndex = 0
    const keep = () => sessionStorage.setItem(kept, String(viewer.selectedIndex))
    keep()
    viewer.addEventListener('change', keep)
  }
  // What introspection tells may depend on who asks.
  token?.addEventListener('change', () => document.querySelector('[aria-label^="Re-fetch"]')?.click())

  const credential = () => viewer?.value || token?.value.trim() || undefined
  const number = new Intl.NumberFormat('en')

  const show = async (answer) => {
    const { extensions } = await answer.json()
    const said = extensions?.cost
    if (!said) {
      cost.textContent = ''
      return
    }
    const { requested, actual, throttle } = said
    const left = throttle ? `, ${number.format(throttle.available)} of ${number.format(throttle.maximum)} left` : ''
    cost.textContent = `Cost: ${number.format(requested)} requested, ${number.format(actual)} actual${left}`
  }

  const send = window.fetch.bind(window)
  window.fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers)
    const bearer = credential()
    if (bearer && !headers.has('authorization')) headers.set('authorization', `Bearer ${bearer}`)
    if (token && !headers.has('authorization')) {
      return Response.json({ errors: [{ message: 'Not sent: put a token into the bar first.' }] }, { status: 401 })
    }
    const answer = await send(input, { ...init, headers })
    // The copy of a stream would keep all of it.
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer
    // GraphiQL asks for the schema by itself; nobody has run that.
    if (!String(init.body).includes('IntrospectionQuery')) show(answer.clone()).catch(() => {})
    return answer
  }
}
