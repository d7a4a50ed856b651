package main

import (
	"bytes"
	"fmt"
	"html"
)

// chart returns docs/performance.svg: how long two jobs take, as bars. It has
// no fonts or scripts of its own, and follows the reader's light or dark.
func (res *results) chart() []byte {
	bars := []struct{ subject, label string }{
		{own, "costrel"},
		{zipped, "costrel, Flask's cookie"},
		{jwtName, "golang-jwt"},
		{scsName, "scs (memory)"},
		{gorillaName, "gorilla/sessions"},
		{"gin-contrib", "gin-contrib/sessions"},
		{"fiber", "fiber (memory)"},
		{flaskName, "Flask"},
	}
	panels := []struct {
		title string
		job   job
	}{
		{"Read one value of a 300-byte session", readOne},
		{"Change one value and send the cookie", change},
	}
	const (
		width   = 760
		label   = 176 // where the bars start
		longest = 470
		height  = 22 // of a bar, with its gap
		head    = 40 // of a panel
	)
	var b bytes.Buffer
	total := len(panels) * (head + len(bars)*height + 12)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Time of one request, by session library">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px }
.figure { fill: #59636e }
.bar { fill: #9aa4af }
.own { fill: #1a7f5a }
@media (prefers-color-scheme: dark) {
	text { fill: #f0f6fc }
	.figure { fill: #9198a1 }
	.bar { fill: #59636e }
	.own { fill: #3fb98a }
}
</style>
`, width, total, width, total)
	y := 0
	for _, panel := range panels {
		fmt.Fprintf(&b, "<text class=\"title\" x=\"0\" y=\"%d\">%s</text>\n", y+22, html.EscapeString(panel.title))
		y += head
		// Flask's bar would leave no room for the others: it is cut off.
		most := 0.0
		for _, bar := range bars {
			if bar.subject != flaskName {
				most = max(most, res.ns(bar.subject, "300 B", panel.job))
			}
		}
		for _, bar := range bars {
			ns := res.ns(bar.subject, "300 B", panel.job)
			long := max(2, longest*min(1, ns/most))
			class := "bar"
			if bar.subject == own || bar.subject == zipped {
				class = "bar own"
			}
			fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", label-8, y+12, html.EscapeString(bar.label))
			if ns <= most {
				fmt.Fprintf(&b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"15\" rx=\"2\"/>", class, label, y, long)
			} else {
				// A slanted cut, and the bar goes on behind it.
				fmt.Fprintf(&b, "<path class=\"%s\" d=\"M%d %dh%dl-6 15H%dz\"/>", class, label, y, longest-24, label)
				fmt.Fprintf(&b, "<path class=\"%s\" d=\"M%d %dh18v15h-24z\"/>", class, label+longest-18, y)
			}
			fmt.Fprintf(&b, "<text class=\"figure\" x=\"%.1f\" y=\"%d\">%s</text>\n", label+long+8, y+12, duration(ns))
			y += height
		}
		y += 12
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
