// Who is told of what, when and how often → sentences, a play over the past, silences, and every message with its fate.

import { useStats } from '../live.tsx'
import { Page } from '../parts/page.tsx'
import { Tabs, useTab } from '../parts/tabs.tsx'
import { Deliveries } from './deliveries.tsx'
import { Policies } from './policies.tsx'
import { Silences } from './silences.tsx'
import { Simulator } from './simulator.tsx'
import './notifications.css'

const tabs = [
  { id: 'policies', name: 'Who is told' },
  { id: 'simulator', name: 'Simulator' },
  { id: 'silences', name: 'Silences' },
  { id: 'deliveries', name: 'Deliveries' },
] as const

const parts = { policies: Policies, simulator: Simulator, silences: Silences, deliveries: Deliveries }

export function NotificationsPage() {
  const open = useTab(tabs) ?? 'policies'
  const dead = useStats().data?.totals.deliveries.dead ?? 0
  const Part = parts[open]
  return (
    <Page title="Notifications" lead="Who is told of what, when and how often, and whether it reached them.">
      <Tabs
        name="Notifications"
        path="/notifications"
        tabs={tabs.map((tab) => (tab.id === 'deliveries' ? { ...tab, count: dead } : tab))}
        open={open}
      />
      <Part />
    </Page>
  )
}
