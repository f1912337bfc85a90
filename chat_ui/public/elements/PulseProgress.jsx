import { CheckCircle2, CircleAlert, Loader2 } from "lucide-react"

const share = item => Math.round(100 * item.share)
const count = value => Number(value || 0).toLocaleString("en")

function Line({ item }) {
  return (
    <div className="mb-2">
      <div className="flex justify-between text-sm">
        <span>{item.label}</span>
        <span className="pulse-note" style={{ fontVariantNumeric: "tabular-nums" }}>{count(item.fetched)}</span>
      </div>
      <div className="pulse-bar" role="progressbar" aria-label={item.label} aria-valuenow={share(item)} aria-valuemin={0} aria-valuemax={100}><div style={{ width: `${share(item)}%` }} /></div>
    </div>
  )
}

export default function PulseProgress() {
  const Icon = props.state === "done" ? CheckCircle2 : props.state === "failed" ? CircleAlert : Loader2
  return (
    <div className="pulse-card" data-testid="pulse-progress" data-state={props.state} aria-live="polite">
      <div className="flex items-center gap-2 mb-2 font-medium"><Icon size={17} className={props.state === "running" ? "animate-spin" : ""} />{props.title}</div>
      {props.items.map(item => <Line key={item.label} item={item} />)}
      {props.note && <p className="pulse-note">{props.note}</p>}
    </div>
  )
}
