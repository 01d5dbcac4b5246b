import { toolsOf } from '../src/platform/agents/tool.ts'
import { parseConfig } from '../src/platform/config/config.ts'
import { operationFolder, readCatalogue } from '../src/platform/operations/catalogue.ts'
import { openApi } from '../src/platform/rest/open-api.ts'
import { restOperations } from '../src/platform/rest/rest-operation.ts'
import { audienceSchemas, domain, schema } from '../src/schema.ts'

/** The OpenAPI documents of all endpoints with named operations, by file. Throws for operations that do not fit. */
export async function openApiFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const { version, tools } = parseConfig({}, domain.remoteSources)
  for (const [name, part] of [[undefined, schema] as const, ...audienceSchemas]) {
    const folder = domain.operations && operationFolder(domain.operations.folder, name)
    const { operations } = await readCatalogue(folder, part)
    toolsOf(operations, tools.pageSize)
    const served = restOperations(operations)
    const audience = name === undefined ? undefined : domain.audiences?.[name]
    if (served.length === 0) continue
    const described = openApi({ audience: audience && { name: name ?? '', ...audience }, operations: served, version })
    files.set(openApiFile(name), `${JSON.stringify(described, null, 2)}\n`)
  }
  return files
}

/** The file of an endpoint’s OpenAPI document. */
export function openApiFile(audience: string | undefined): string {
  return audience === undefined ? 'openapi.json' : `openapi.${audience}.json`
}
