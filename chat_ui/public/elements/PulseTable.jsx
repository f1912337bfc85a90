import { useEffect, useRef } from "react"
import { Button } from "@/components/ui/button"

const safe = url => typeof url === "string" && /^https?:\/\//.test(url)

function Cell({ value }) {
  if (value === null || value === undefined) return <span className="pulse-note">–</span>
  if (typeof value === "object" && safe(value.url)) return <a href={value.url} target="_blank" rel="noopener noreferrer nofollow">{String(value.text)}</a>
  return <span>{String(typeof value === "object" ? value.text : value)}</span>
}

export default function PulseTable() {
  const card = useRef(null)
  useEffect(() => card.current?.scrollIntoView({ behavior: "smooth", block: "center" }), [])
  const numeric = props.columns.map((_, i) => props.rows.every(row => row[i] === null || typeof row[i] === "number"))
  return (
    <div ref={card} className="pulse-card" data-testid="pulse-table">
      <div className="pulse-scroll">
        <table className="pulse-table">
          {props.caption && <caption className="pulse-note" style={{ textAlign: "left", paddingBottom: 6 }}>{props.caption}</caption>}
          <thead><tr>{props.columns.map((c, i) => <th key={i} scope="col" className={numeric[i] ? "number" : ""}>{c}</th>)}</tr></thead>
          <tbody>{props.rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} className={numeric[j] ? "number" : ""}><Cell value={cell} /></td>)}</tr>)}</tbody>
        </table>
      </div>
      {props.note && <p className="pulse-note mt-2">{props.note}</p>}
      {props.more && <Button variant="outline" size="sm" className="mt-2" onClick={() => callAction({ name: "more_records", payload: props.more })}>Show more</Button>}
    </div>
  )
}
