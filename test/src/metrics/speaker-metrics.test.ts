import { describe, expect, it } from 'vitest'
import { type SessionFigures, type SpeakerFigures, speakerMetrics } from '../../../src/metrics/index.ts'
import type { Change } from '../../../src/status/index.ts'
import { down, session } from '../../support/canned-views.ts'
import { service } from '../../support/tiny-cluster.ts'

const sessions: readonly SessionFigures[] = [
  { name: 'tor1', address: '192.168.200.1', port: 179, session: { ...session, pending: 3 } },
  { name: 'tor2', address: '2001:db8::2', port: 1179, session: down },
  { name: 'twin', address: '192.168.200.1', port: 180 },
]

const source = { isReady: true, diagnostics: [], updates: 12, updateErrors: 1 }

const asked: SpeakerFigures = {
  version: '1.2.3',
  node: 'node1',
  source: () => ({ ...source, kinds: [{ kind: 'Service', synced: true, objects: 9, lastEventAgoMs: 1500 }] }),
  sessions: () => sessions,
  codes: () =>
    new Map([
      ['Announced', 2],
      ['NoEndpoints', 1],
    ]),
  routes: () => ({ ipv4: 2, ipv6: 1 }),
  status: () => ({ written: 5, failed: 1, pending: 2, eventsWithheld: 0 }),
  events: () => ({ waiting: 0, written: 7, dropped: 1 }),
}

const announced = (key: string, addresses: readonly string[]): Change => ({
  key,
  service: service(),
  after: { peers: 'tor1', addresses, service: service() },
})

async function lines(of: Partial<SpeakerFigures> = {}, changes: readonly Change[] = []): Promise<string[]> {
  const metrics = speakerMetrics({ ...asked, ...of })
  metrics.announced(changes)
  const text = await metrics.figures.read()
  return text.split('\n')
}

const family = (all: readonly string[], name: string) =>
  all.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))

describe('the metrics of a speaker', () => {
  it('have the names and labels of MetalLB', async () => {
    const all = await lines({}, [announced('default/web', ['192.0.2.10', '2001:db8:1::10'])])
    const metallb = all.filter((line) => line.startsWith('metallb_'))
    expect(metallb).toEqual([
      'metallb_k8s_client_updates_total 12',
      'metallb_k8s_client_update_errors_total 1',
      'metallb_k8s_client_config_loaded_bool 1',
      'metallb_k8s_client_config_stale_bool 0',
      'metallb_bgp_session_up{peer="192.168.200.1:179"} 1',
      'metallb_bgp_session_up{peer="[2001:db8::2]:1179"} 0',
      'metallb_bgp_session_up{peer="192.168.200.1:180"} 0',
      'metallb_bgp_updates_total{peer="192.168.200.1:179"} 1',
      'metallb_bgp_updates_total{peer="[2001:db8::2]:1179"} 1',
      'metallb_bgp_updates_total{peer="192.168.200.1:180"} 0',
      'metallb_bgp_announced_prefixes_total{peer="192.168.200.1:179"} 2',
      'metallb_bgp_announced_prefixes_total{peer="[2001:db8::2]:1179"} 0',
      'metallb_bgp_announced_prefixes_total{peer="192.168.200.1:180"} 0',
      'metallb_bgp_pending_prefixes_total{peer="192.168.200.1:179"} 3',
      'metallb_bgp_pending_prefixes_total{peer="[2001:db8::2]:1179"} 0',
      'metallb_bgp_pending_prefixes_total{peer="192.168.200.1:180"} 0',
      'metallb_speaker_announced{service="default/web",protocol="bgp",node="node1",ip="192.0.2.10"} 1',
      'metallb_speaker_announced{service="default/web",protocol="bgp",node="node1",ip="2001:db8:1::10"} 1',
    ])
  })

  it('add our own', async () => {
    const all = await lines()
    expect(family(all, 'oyez_build_info')).toEqual([
      `oyez_build_info{version="1.2.3",node_version="${process.version}"} 1`,
    ])
    expect(family(all, 'oyez_services')).toEqual([
      'oyez_services{code="Announced"} 2',
      'oyez_services{code="NoEndpoints"} 1',
    ])
    expect(family(all, 'oyez_routes')).toHaveLength(2)
    expect(family(all, 'oyez_bgp_session_state')).toHaveLength(18)
    expect(family(all, 'oyez_bgp_session_state').filter((line) => line.endsWith(' 1'))).toEqual([
      'oyez_bgp_session_state{peer="tor1",address="192.168.200.1",state="Established"} 1',
      'oyez_bgp_session_state{peer="tor2",address="2001:db8::2",state="Connect"} 1',
      'oyez_bgp_session_state{peer="twin",address="192.168.200.1",state="Idle"} 1',
    ])
    expect(family(all, 'oyez_bgp_session_flaps_total')[1]).toMatch(/ 3$/)
    expect(all).toContain(
      'oyez_bgp_messages_total{peer="tor1",address="192.168.200.1",direction="sent",type="KEEPALIVE"} 166',
    )
    expect(all).toContain('oyez_source_last_event_age_seconds{kind="Service"} 1.5')
    expect(all).toContain('oyez_source_objects{kind="Service"} 9')
    expect(all).toContain('oyez_source_kind_trouble{kind="Service"} 0')
    expect(all).toContain('oyez_status_writes_total{result="failed"} 1')
    expect(all).toContain('oyez_events_total{result="dropped"} 1')
    expect(all.some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true)
    expect(all.some((line) => line.startsWith('nodejs_eventloop_lag_p99_seconds'))).toBe(true)
  })

  it('leave out what is not known, rather than call it 0', async () => {
    const { status: _, events: __, ...folder } = asked
    const metrics = speakerMetrics({ ...folder, source: () => ({ ...source, isReady: false }) })
    const all = (await metrics.figures.read()).split('\n')
    expect(family(all, 'oyez_source_last_event_age_seconds')).toEqual([])
    expect(family(all, 'oyez_status_queue_length')).toEqual([])
    expect(family(all, 'metallb_k8s_client_config_loaded_bool')).toEqual([
      'metallb_k8s_client_config_loaded_bool 0',
    ])
  })

  it('show a stale configuration while something of it is broken, and only then', async () => {
    const diagnostics = [
      { severity: 'error', code: 'X', message: 'x', location: { object: 'BGPPeer a/b' } },
    ] as const
    const stale = 'metallb_k8s_client_config_stale_bool 1'
    expect(await lines({ source: () => ({ ...source, diagnostics }) })).toContain(stale)
    expect(await lines()).not.toContain(stale)
  })

  it('follow services as they come and go', async () => {
    const metrics = speakerMetrics(asked)
    const rows = async () => family((await metrics.figures.read()).split('\n'), 'metallb_speaker_announced')
    metrics.announced([announced('default/a', ['192.0.2.1']), announced('default/b', ['192.0.2.2'])])
    expect(await rows()).toHaveLength(2)
    metrics.announced([{ key: 'default/a' }])
    expect(await rows()).toEqual([
      'metallb_speaker_announced{service="default/b",protocol="bgp",node="node1",ip="192.0.2.2"} 1',
    ])
  })

  it('cannot be broken by what names hold', async () => {
    const all = await lines({ node: 'no"de\n\\1' }, [announced('default/x', ['192.0.2.1'])])
    expect(family(all, 'metallb_speaker_announced')).toEqual([
      'metallb_speaker_announced{service="default/x",protocol="bgp",node="no\\"de\\n\\\\1",ip="192.0.2.1"} 1',
    ])
  })

  it('is text that Prometheus takes: every family once, with its type', async () => {
    const all = await lines({}, [announced('default/web', ['192.0.2.10'])])
    const types = all.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
    expect(new Set(types).size).toBe(types.length)
    for (const line of all)
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z_0-9]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? \S+|)$/i)
  })

  it('measures what taking over costs', async () => {
    const metrics = speakerMetrics(asked)
    metrics.tookOver(0.004)
    const all = (await metrics.figures.read()).split('\n')
    expect(all).toContain('oyez_speaker_update_seconds_bucket{le="0.002"} 0')
    expect(all).toContain('oyez_speaker_update_seconds_bucket{le="0.005"} 1')
  })
})
