import { useEffect, useState } from "react"
import { CheckCircle2, CircleAlert, CirclePause, Clock, Download, Loader2, Play, RotateCcw, ScrollText, Search, Square, Trash2, X } from "lucide-react"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"

const ICONS = { running: Loader2, stopping: Loader2, waiting: Clock, silent: CircleAlert, paused: CirclePause, done: CheckCircle2, stopped: Square, never: Clock }
const WORDS = { needs_attention: "needs attention", incomplete: "partly done", never: "never read" }
const NAMES = { github: "GitHub", jira: "Jira" }
const count = value => Number(value || 0).toLocaleString("en")
const word = state => WORDS[state] || String(state).replaceAll("_", " ")
const troubled = state => ["failed", "needs_attention", "incomplete", "silent"].includes(state)

function time(iso) {
  if (!iso) return "–"
  const at = new Date(iso)
  const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
  return at.toDateString() === new Date().toDateString() ? clock : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock}`
}

function State({ state, shown = word(state) }) {
  const Icon = ICONS[state] || CircleAlert
  const spins = state === "running" || state === "stopping"
  return (
    <span className={`pulse-state ${troubled(state) ? "trouble" : ""}`}>
      <Icon size={16} aria-hidden className={spins ? "animate-spin" : ""} />{shown}
    </span>
  )
}

function Press({ name, target, children, title }) {
  return <Button variant="outline" size="sm" title={title} onClick={() => callAction({ name: "board", payload: { do: name, target } })}>{children}</Button>
}

function Line({ item }) {
  const share = Math.round(100 * item.share)
  return (
    <div>
      <div className="flex justify-between text-sm"><span>{item.label}</span><span className="pulse-note pulse-figures">{count(item.fetched)}</span></div>
      <div className="pulse-bar" role="progressbar" aria-label={item.label} aria-valuenow={share} aria-valuemin={0} aria-valuemax={100}><div style={{ width: `${share}%` }} /></div>
    </div>
  )
}

function Source({ one }) {
  const asleep = one.paused ? `Paused${one.reason ? `: ${one.reason}` : ""}.` : `Next ${time(one.next_at)}: ${one.next}.`
  return (
    <div className="pulse-source" data-testid={`board-${one.source}`} data-state={one.state}>
      <div className="flex flex-wrap items-center gap-2">
        <strong>{NAMES[one.source] || one.source}</strong><State state={one.state} shown={one.state === "done" ? "up to date" : word(one.state)} />
        <span className="flex flex-wrap gap-2 ml-auto">
          {one.run
            ? <Press name="cancel" target={one.run} title="Stop at the next page; what was read stays"><Square size={14} />Stop</Press>
            : <><Press name="start" target={one.source} title="Read what has changed"><Play size={14} />Sync now</Press>
              <Press name="full" target={one.source} title="Read everything again"><RotateCcw size={14} />Read all</Press></>}
          {one.paused
            ? <Press name="resume" target={one.source} title="Read by schedule again"><Play size={14} />Resume</Press>
            : <Press name="pause" target={one.source} title="No scheduled syncs until somebody resumes"><CirclePause size={14} />Pause</Press>}
        </span>
      </div>
      {(troubled(one.state) || one.run) && <p className={troubled(one.state) ? "pulse-trouble" : "pulse-note"}>{one.says}</p>}
      <p className="pulse-note">Data until {time(one.synced_to)}. {asleep}{one.set_aside ? ` ${count(one.set_aside)} records are set aside.` : ""}</p>
      {one.items.length > 0 && <div className="pulse-lines">{one.items.map(item => <Line key={item.label} item={item} />)}</div>}
    </div>
  )
}

function Runs({ runs }) {
  return (
    <div className="pulse-scroll" style={{ maxHeight: 260 }}>
      <table className="pulse-table" data-testid="board-runs">
        <thead><tr><th scope="col">Began</th><th scope="col">Source</th><th scope="col">State</th><th scope="col" className="number">Read</th><th scope="col" className="number">New</th><th scope="col" className="number">Changed</th><th scope="col" className="number">Gone</th><th scope="col" className="number">Requests</th><th scope="col">By</th><th scope="col"><span className="sr-only">Log</span></th></tr></thead>
        <tbody>{runs.map(run => (
          <tr key={run.run}>
            <td className="whitespace-nowrap">{time(run.at)}</td><td>{NAMES[run.source] || run.source}{run.mode === "full" ? ", all" : ""}</td>
            <td title={run.says}><State state={run.state} /></td>
            <td className="number">{count(run.fetched)}</td><td className="number">{count(run.inserted)}</td><td className="number">{count(run.updated)}</td><td className="number">{count(run.deleted)}</td><td className="number">{count(run.requests)}</td>
            <td>{run.requested_by || "start"}</td>
            <td><Button variant="ghost" size="sm" aria-label={`Log of ${run.run}`} onClick={() => callAction({ name: "board_log", payload: { wanted: { run: run.run } } })}><ScrollText size={14} /></Button></td>
          </tr>))}</tbody>
      </table>
    </div>
  )
}

function Health({ health }) {
  if (health.findings.length === 0) return <p className="pulse-note mt-2"><CheckCircle2 size={14} className="inline mr-1" aria-hidden />{health.checks} checks of the data found nothing.</p>
  return (
    <details className="pulse-health" data-testid="board-health">
      <summary>{health.findings.length} of {health.checks} checks of the data want a look</summary>
      <ul>{health.findings.map((one, i) => <li key={i}><span className={one.state === "bad" ? "pulse-trouble" : ""}>{one.says}.</span> <span className="pulse-note">{one.remedy}</span></li>)}</ul>
    </details>
  )
}

function Log({ log }) {
  const [text, setText] = useState(log.text || "")
  const [asking, setAsking] = useState(false)
  useEffect(() => setText(log.text || ""), [log.text, log.run])
  const look = more => callAction({ name: "board_log", payload: { wanted: { run: log.run, level: log.level, text: log.text, ...more } } })
  const query = new URLSearchParams(Object.entries({ run: log.run, level: log.level, text: log.text, format: "csv" }).filter(([, value]) => value))
  return (
    <div className="pulse-log" data-testid="board-log">
      <div className="flex flex-wrap items-center gap-2">
        <strong>{log.run ? `Log of ${log.run}` : "Log of all runs"}</strong><span className="pulse-note">{count(log.total)} lines</span>
        <span className="flex flex-wrap items-center gap-2 ml-auto">
          <select className="pulse-select" aria-label="Level" value={log.level || ""} onChange={event => look({ level: event.target.value || null })}>
            <option value="">every level</option><option>info</option><option>warning</option><option>error</option>
          </select>
          <form className="flex gap-1" onSubmit={event => { event.preventDefault(); look({ text: text || null }) }}>
            <Input className="h-8 w-40" aria-label="Search the log" placeholder="Search" maxLength={200} value={text} onChange={event => setText(event.target.value)} />
            <Button variant="outline" size="sm" type="submit" aria-label="Search"><Search size={14} /></Button>
          </form>
          {log.run && <Button variant="outline" size="sm" onClick={() => look({ run: null })}>All runs</Button>}
          <a className="pulse-link" href={`/api/v1/sync/logs/export?${query}`} download><Download size={14} />CSV</a>
          {asking
            ? <><span className="pulse-note">Delete lines older than 30 days?</span><Button variant="destructive" size="sm" onClick={() => { setAsking(false); callAction({ name: "board", payload: { do: "delete_log", target: "30" } }) }}>Delete</Button><Button variant="outline" size="sm" onClick={() => setAsking(false)}>Keep</Button></>
            : <Button variant="outline" size="sm" onClick={() => setAsking(true)}><Trash2 size={14} />Old lines</Button>}
          <Button variant="ghost" size="sm" aria-label="Close the log" onClick={() => callAction({ name: "board_log", payload: { wanted: null } })}><X size={14} /></Button>
        </span>
      </div>
      <div className="pulse-scroll" style={{ maxHeight: 300 }}>
        <table className="pulse-table">
          <thead><tr><th scope="col">At</th><th scope="col">Level</th><th scope="col">Message</th></tr></thead>
          <tbody>{log.rows.map((row, i) => <tr key={i}><td className="whitespace-nowrap">{new Date(row[0]).toLocaleTimeString("en-GB")}</td><td className={row[1] === "info" ? "" : "pulse-trouble"}>{row[1]}</td><td>{row[2]}</td></tr>)}</tbody>
        </table>
        {log.rows.length === 0 && <p className="pulse-note">No line matches.</p>}
      </div>
      {log.cursor && <Button variant="outline" size="sm" onClick={() => look({ cursor: log.cursor })}>Older lines</Button>}
    </div>
  )
}

export default function PulseBoard() {
  return (
    <div className="pulse-card" data-testid="pulse-board">
      <div className="flex items-center gap-2 mb-2 font-medium">Syncs
        {!props.log && <Button variant="ghost" size="sm" className="ml-auto" onClick={() => callAction({ name: "board_log", payload: { wanted: {} } })}><ScrollText size={14} />Log of all runs</Button>}
      </div>
      {props.notice && <p className="pulse-notice" role="status">{props.notice}</p>}
      {props.sources.map(one => <Source key={one.source} one={one} />)}
      {props.sources.length === 0 && <p className="pulse-note">Nothing has been read yet.</p>}
      <Runs runs={props.runs} />
      {props.health && <Health health={props.health} />}
      {props.log && <Log log={props.log} />}
    </div>
  )
}
