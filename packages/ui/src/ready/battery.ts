// How full the battery is, where the browser says it. Most do not.

import { useEffect, useState } from 'react';

export interface Battery {
  /** From 0 to 1. */
  level: number;
  charging: boolean;
}

interface Told extends Battery, EventTarget {}
const CHANGES = ['levelchange', 'chargingchange'];

/** The battery of this device; nothing where it has none, or the browser does not say. */
export function useBattery(): Battery | undefined {
  const [battery, setBattery] = useState<Battery>();
  useEffect(() => {
    const { getBattery } = navigator as { getBattery?: () => Promise<Told> };
    let told: Told | undefined;
    let is = true;
    const look = () => told && setBattery({ level: told.level, charging: told.charging });
    void getBattery?.call(navigator).then(
      (it) => {
        if (!is) return;
        told = it;
        look();
        for (const change of CHANGES) it.addEventListener(change, look);
      },
      () => undefined,
    );
    return () => {
      is = false;
      for (const change of CHANGES) told?.removeEventListener(change, look);
    };
  }, []);
  return battery;
}
