package main

import (
	"fmt"
	"io"
	"time"
)

// most is how many allocations a request may make, by job. Those of its content
// are counted too where all of it is decoded, so that readAll is not here.
var most = map[job]float64{untouched: 2, readOne: 3, change: 7, verify: 0, produce: 0}

// compareWithFloor prints how costrel does beside the floor, which takes ten
// seconds, and returns an error if it allocates too much. Times fail nothing:
// machines are noisy.
func compareWithFloor(w io.Writer) error {
	var few []subject
	for _, s := range subjects {
		switch s.name {
		case own, floor:
			few = append(few, s)
		}
	}
	res := &results{Rows: rows(few, contents)}
	measure("costrel and the floor", res.Rows, 9, 20*time.Millisecond)

	fmt.Fprintf(w, "%-6s  %-12s  %10s  %10s  %9s  %6s\n", "", "", "costrel", "floor", "", "allocs")
	var failed error
	for _, c := range contents {
		for _, j := range jobs {
			r, f := res.find(own, c.name, j), res.find(floor, c.name, j)
			if f == nil {
				continue
			}
			note := ""
			most, limited := most[j]
			if j == untouched && c.name == "3 KB" {
				most++ // it is compressed, so it is opened to see whether it is permanent
			}
			if limited && r.Allocs > most {
				note = fmt.Sprintf("  more than %.0f", most)
				failed = fmt.Errorf("costrel allocates more than it should: %s, %s", j, c.name)
			}
			fmt.Fprintf(w, "%-6s  %-12s  %10s  %10s  %8.2f×  %6.0f%s\n", c.name, j, duration(r.NS), duration(f.NS), r.NS/f.NS, r.Allocs, note)
		}
	}
	return failed
}
