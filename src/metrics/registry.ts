/**
 * The numbers of one process in Prometheus' text format. Nearly all of them are pulled: nothing is counted twice, the
 * owner of a fact is asked when somebody scrapes. What is measured while it happens (a duration) is a histogram.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Figure {
  readonly name: string
  readonly help: string
}

/** Label values in the order of the names, and the number. */
export type Row<Name extends string> = readonly [Readonly<Record<Name, string>>, number]

/** 10 ms is the library's default and wakes an idle process a hundred times a second. */
const EVENT_LOOP_PRECISION_MS = 50

export class Figures {
  readonly #registry = new Registry()
  readonly #more: (() => string)[] = []

  constructor({ version }: { readonly version: string }) {
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
    })
    const help = 'Always 1; says which version runs'
    this.gauges({ name: 'oyez_build_info', help }, ['version', 'node_version'], () => [
      [{ version, node_version: process.version }, 1],
    ])
  }

  /** A number that goes up and down; absent: it is not known now. */
  gauge(figure: Figure, value: () => number | undefined): void {
    this.gauges(figure, [], () => one(value()))
  }

  gauges<Name extends string>(
    figure: Figure,
    labelNames: readonly Name[],
    rows: () => Iterable<Row<Name>>,
  ): void {
    new Gauge({
      ...figure,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset()
        // The library shows an unlabelled gauge as 0 until it is told otherwise.
        if (labelNames.length === 0) this.remove()
        for (const [labels, value] of rows()) this.set(labels, value)
      },
    })
  }

  /** A number that only grows; absent: it is not known now. */
  counter(figure: Figure, value: () => number | undefined): void {
    this.counters(figure, [], () => one(value()))
  }

  counters<Name extends string>(
    figure: Figure,
    labelNames: readonly Name[],
    rows: () => Iterable<Row<Name>>,
  ): void {
    new Counter({
      ...figure,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset()
        if (labelNames.length === 0) this.remove()
        for (const [labels, value] of rows()) this.inc(labels, value)
      },
    })
  }

  /** Seconds that something took. Returns what is told each duration. */
  durations(figure: Figure, buckets: readonly number[]): (seconds: number) => void {
    const histogram = new Histogram({ ...figure, buckets: [...buckets], registers: [this.#registry] })
    return (seconds) => histogram.observe(seconds)
  }

  /** Whole families as text: for those of many thousand rows, which their owner keeps ready. */
  text(family: () => string): void {
    this.#more.push(family)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async read(): Promise<string> {
    const text = await this.#registry.metrics()
    return text + this.#more.map((family) => `\n${family()}`).join('')
  }
}

const one = (value: number | undefined): readonly Row<never>[] => (value === undefined ? [] : [[{}, value]])
