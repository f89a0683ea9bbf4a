// The region's whereabouts as the editor's files know them; the work is in src/repair/region.ts, which the command line uses as well.

export * from '../repair/region.ts';
