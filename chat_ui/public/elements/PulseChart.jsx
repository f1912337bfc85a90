import { useEffect, useRef, useState } from "react"
import { Button } from "@/components/ui/button"
import { BookOpen, Download, ListTree, Table2 } from "lucide-react"

const isDark = () => document.documentElement.classList.contains("dark")

function vega(source) {
  if (window.vegaEmbed) return Promise.resolve(window.vegaEmbed)
  window.__pulseVega ||= new Promise((done, failed) => {
    const script = document.createElement("script")
    script.type = "module"
    script.src = source
    script.onload = () => done(window.vegaEmbed)
    script.onerror = () => failed(new Error("The chart library did not load."))
    document.head.appendChild(script)
  })
  return window.__pulseVega
}

function useDark() {
  const [dark, setDark] = useState(isDark())
  useEffect(() => {
    const observer = new MutationObserver(() => setDark(isDark()))
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] })
    return () => observer.disconnect()
  }, [])
  return dark
}

function DataTable({ columns, rows }) {
  return (
    <div className="pulse-scroll" data-testid="chart-table">
      <table className="pulse-table">
        <thead><tr>{columns.map(c => <th key={c} scope="col">{c}</th>)}</tr></thead>
        <tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} className={typeof cell === "number" ? "number" : ""}>{cell === null ? "–" : String(cell)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  )
}

export default function PulseChart() {
  const box = useRef(null)
  const view = useRef(null)
  const dark = useDark()
  const [table, setTable] = useState(false)
  const [problem, setProblem] = useState(null)
  const spec = dark && props.dark ? props.dark : props.light
  const key = JSON.stringify(spec)

  useEffect(() => {
    let gone = false
    const options = { actions: false, renderer: "svg", tooltip: { theme: dark ? "dark" : "light" } }
    vega(props.bundle)
      .then(embed => gone ? null : embed(box.current, spec, options))
      .then(result => {
        if (!result) return
        if (gone) return result.view.finalize()
        view.current = result.view
        result.view.addEventListener("click", (_, item) => item && item.datum && props.evidence && openRecords(item.datum))
      })
      .catch(error => setProblem(error.message))
    return () => { gone = true; if (view.current) { view.current.finalize(); view.current = null } }
  }, [key])

  useEffect(() => {
    const observer = new ResizeObserver(() => window.dispatchEvent(new Event("resize")))
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])

  const openRecords = datum => callAction({ name: "show_records", payload: { evidence: props.evidence, title: props.title, datum: datum || null } })
  const download = async () => {
    const link = document.createElement("a")
    link.href = await view.current.toImageURL("png", 2)
    link.download = `${props.file || "chart"}.png`
    link.click()
  }

  return (
    <div className="pulse-card" data-testid="pulse-chart">
      <div ref={box} className="pulse-chart" role="img" aria-label={props.description || props.title} style={{ minHeight: props.height || 300 }} />
      {problem && <p role="alert">{problem} The table below has the same data.</p>}
      <div className="flex flex-wrap gap-1 mt-2">
        {props.rows && <Button variant="ghost" size="sm" aria-expanded={table} onClick={() => setTable(!table)}><Table2 size={15} className="mr-1" />{table ? "Hide the table" : "Show the table"}</Button>}
        {props.evidence && <Button variant="ghost" size="sm" onClick={() => openRecords(null)}><ListTree size={15} className="mr-1" />Show the records</Button>}
        {props.metric && <Button variant="ghost" size="sm" onClick={() => callAction({ name: "show_definition", payload: { metric: props.metric } })}><BookOpen size={15} className="mr-1" />Definition</Button>}
        <Button variant="ghost" size="sm" onClick={download}><Download size={15} className="mr-1" />PNG</Button>
      </div>
      {(table || problem) && props.rows && <DataTable columns={props.columns} rows={props.rows} />}
    </div>
  )
}
