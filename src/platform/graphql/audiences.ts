/** `subGraphs` of what the endpoint of each audience has: a field at the root, or a type of rows where a field leads to it. */
export const everyAudience = ['*']

/** `subGraphs` of what only the back office has, within something that others have too. */
export const backOfficeOnly = ['backOffice']
