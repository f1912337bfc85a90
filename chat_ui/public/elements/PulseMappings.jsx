import { Check, Undo2, X } from "lucide-react"
import { Button } from "@/components/ui/button"

const press = (name, id) => callAction({ name: "mapping", payload: { do: name, id } })
const percent = score => `${Math.round(100 * score)} %`

function Proposal({ one }) {
  return (
    <tr>
      <td className="number" title="How sure"><strong>{percent(one.score)}</strong></td>
      <td>{one.says}<div className="pulse-note">{one.evidence.join("; ")}</div></td>
      <td className="whitespace-nowrap">
        <Button variant="outline" size="sm" aria-label={`Accept: ${one.says}`} onClick={() => press("accepted", one.id)}><Check size={14} />Accept</Button>{" "}
        <Button variant="ghost" size="sm" aria-label={`Reject: ${one.says}`} onClick={() => press("rejected", one.id)}><X size={14} />Reject</Button>
      </td>
    </tr>
  )
}

export default function PulseMappings() {
  return (
    <div className="pulse-card" data-testid="pulse-mappings">
      <div className="mb-2 font-medium">Proposed mappings</div>
      {props.notice && <p className="pulse-notice" role="status">{props.notice}</p>}
      {props.proposals.length === 0 && <p className="pulse-note">Nothing is proposed: every account and every author has a place.</p>}
      {props.proposals.length > 0 && <div className="pulse-scroll"><table className="pulse-table"><thead><tr><th scope="col">Sure</th><th scope="col">Proposal and evidence</th><th scope="col"><span className="sr-only">Decide</span></th></tr></thead><tbody>{props.proposals.map(one => <Proposal key={one.id} one={one} />)}</tbody></table></div>}
      {props.total > props.proposals.length && <p className="pulse-note mt-2">{props.total - props.proposals.length} more; `pulse mapping accept --surer-than 0.9` takes many at once.</p>}
      {props.decisions.length > 0 && (
        <details className="pulse-health"><summary>{props.decisions.length} decided</summary>
          <ul>{props.decisions.map(one => (
            <li key={one.id}>{one.evidence.says}: {one.decision} by {one.decided_by}{one.undone_at ? `, undone by ${one.undone_by}` : <Button variant="ghost" size="sm" onClick={() => press("undo", one.id)}><Undo2 size={14} />Undo</Button>}</li>
          ))}</ul>
        </details>)}
    </div>
  )
}
