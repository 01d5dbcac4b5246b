import type { World } from '../../support/world.ts'

/** The demo's ledgers have one entry each. These entries, which sum up to zero, make them lists. Nobody has asked for anything about people. */
export async function addRows(world: World): Promise<void> {
  await world.client.$executeRaw`
    insert into commerce.md_stock_move (uid, product_uid, qty_delta, reason_cd)
    select gen_random_uuid(), md_product.uid, (-1) ^ n, 'COUNT' from commerce.md_product, generate_series(1, 24) as n`
  await world.client.$executeRaw`
    insert into platform.pf_person_request (uid, kind_cd, state_cd, subj_type, subj_key, req_kind, begins_ts, created_ts, ended_ts)
    select gen_random_uuid(), 'EXPORT', 'DONE', 'Customer', uid::text, 'staff', now(), created_ts, now()
    from commerce.crm_customer order by uid limit 24`
}
