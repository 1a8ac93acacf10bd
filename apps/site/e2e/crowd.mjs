// A floor with thousands of assets, put there by a device of the command: no hand places so many.

/** A server lets so many in at once, with room to spare. */
const AT_ONCE = 500;
/** They stand in rows, so many metres apart, inside the walls of a floor that is 60 metres wide and 40 deep. */
const ROOM = { left: 2, top: 2, width: 56, height: 36 };
const KINDS = ['boiler', 'fire_extinguisher', 'hvac_ahu', 'smoke_detector', 'pump'];
const STATUSES = ['active', 'draft', 'inactive', 'maintenance', 'decommissioned'];

/** Puts so many assets on a floor of Estate A. Where the first stands, and how far its neighbours are, in metres. */
export async function crowd(it, floor, count) {
  const van = await it.native('ben');
  const [{ id: estate }] = await van.query("SELECT id FROM estate WHERE name = 'Estate A'");
  await van.load(`estate/${estate}`);
  const [{ id: on }] = await van.query(`SELECT id FROM floor WHERE name = '${floor}'`);
  const columns = Math.ceil(Math.sqrt((count * ROOM.width) / ROOM.height));
  const apart = { x: ROOM.width / columns, y: ROOM.height / Math.ceil(count / columns) };
  const made = Array.from({ length: count }, (_, at) => ({
    insert: 'asset',
    id: `0198c0de-a55e-7000-8000-${at.toString(16).padStart(12, '0')}`,
    fields: {
      floor: on,
      x: (ROOM.left + (at % columns) * apart.x).toFixed(3),
      y: (ROOM.top + Math.floor(at / columns) * apart.y).toFixed(3),
      nickname: `Unit ${String(at + 1).padStart(4, '0')}`,
      kind: KINDS[at % KINDS.length],
      status: STATUSES[at % STATUSES.length],
      serial: `SN-${at + 1}`,
    },
  }));
  const actions = [];
  for (let from = 0; from < count; from += AT_ONCE) actions.push({ type: 'asset.place', changes: made.slice(from, from + AT_ONCE) });
  await van.act(actions);
  return { first: { x: ROOM.left, y: ROOM.top }, apart, columns };
}
