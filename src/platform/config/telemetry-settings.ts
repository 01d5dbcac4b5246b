import { z } from 'zod'
import { wholeNumber } from './whole-number.ts'

const collectorUrl = z.url({ protocol: /^https?$/ })
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
const share = 'must be a number from 0 to 1'

/** `key1=value1,key2=value2`, percent-encoded as in W3C Baggage. */
const pairs = z
  .string()
  .transform((text, { issues, value }) => {
    const read = pairsIn(text)
    if (read) return read
    issues.push({ code: 'custom', input: value, message: 'must be name=value pairs, separated by commas' })
    return z.NEVER
  })
  .default({})

/**
 * What is told of slow operations, and the standard variables of OpenTelemetry
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/) that the server reads.
 */
export const telemetrySettings = {
  SLOW_OPERATION_MS: wholeNumber(0)
    .default(1000)
    .describe(
      'An operation that takes as long, in milliseconds, has a log line that tells which statement took how long, and which ' +
        'fields of the document asked for it. `0` logs none.',
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl
    .optional()
    .describe('The collector of traces, which gets them at `/v1/traces` below this URL: `http://collector:4318`.')
    .meta({ default: 'none: nothing is traced' }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collectorUrl
    .optional()
    .describe('The URL for traces, used as it is.')
    .meta({ default: '`OTEL_EXPORTER_OTLP_ENDPOINT` and `/v1/traces`' }),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal('http/protobuf', 'must be http/protobuf')
    .default('http/protobuf')
    .describe('The protocol of the collector.'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs
    .describe('Headers for the collector, such as a key: `name=value`, separated by commas.')
    .meta({ default: 'none' }),
  OTEL_EXPORTER_OTLP_TIMEOUT: wholeNumber(1)
    .default(10_000)
    .describe('How long the collector may take to accept spans, in milliseconds.'),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false').describe('`true` switches traces off.'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'], 'must be otlp or none')
    .default('otlp')
    .describe('`none` switches traces off.'),
  OTEL_SERVICE_NAME: z
    .string()
    .min(1)
    .optional()
    .describe('The name of the service in traces.')
    .meta({ default: '`service.name` of `OTEL_RESOURCE_ATTRIBUTES`, or `frontdoor`' }),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .describe('Further attributes of the service: `deployment.environment.name=production`, separated by commas.')
    .meta({ default: 'none' }),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, `must be one of ${samplers.join(', ')}`)
    .default('parentbased_always_on')
    .describe('Which requests are traced; see [operations.md](operations.md#traces).'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number(share)
    .min(0, share)
    .max(1, share)
    .default(1)
    .describe('With `traceidratio`: the share of requests that are traced, from 0 to 1.'),
}

type Telemetry = z.infer<z.ZodObject<typeof telemetrySettings>>

/** Where traces go and which there are; `traces` is undefined where nothing is traced. */
export function telemetryOf(env: Telemetry) {
  return { slowOperationMs: env.SLOW_OPERATION_MS, traces: tracesOf(env) }
}

export type TracesConfig = Readonly<NonNullable<ReturnType<typeof tracesOf>>>

function tracesOf(env: Telemetry) {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? below(env.OTEL_EXPORTER_OTLP_ENDPOINT)
  if (url === undefined || env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return undefined
  const attributes = env.OTEL_RESOURCE_ATTRIBUTES
  return {
    url,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: env.OTEL_EXPORTER_OTLP_TIMEOUT,
    serviceName: env.OTEL_SERVICE_NAME ?? attributes['service.name'] ?? 'frontdoor',
    attributes,
    sampling: { followsParent: env.OTEL_TRACES_SAMPLER.startsWith('parentbased_'), ratio: ratioOf(env) },
  }
}

function below(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/v1/traces`
}

function ratioOf({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio }: Telemetry): number {
  if (sampler.endsWith('traceidratio')) return ratio
  return sampler.endsWith('always_on') ? 1 : 0
}

function pairsIn(text: string): Record<string, string> | undefined {
  const found: Record<string, string> = {}
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', ...value] = pair.split('=')
    if (name.trim() === '' || value.length === 0) return undefined
    try {
      found[decodeURIComponent(name.trim())] = decodeURIComponent(value.join('=').trim())
    } catch {
      return undefined
    }
  }
  return found
}
