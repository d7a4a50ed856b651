package main

import "fmt"

// A target is what costrel has to be, and what it is.
type target struct {
	job, goal, measured string
	held                bool
	limit               string // what the floor would reach, if it has the job
}

func (res *results) targets() []target {
	var targets []target
	add := func(held bool, job, goal, measured string, args ...any) {
		targets = append(targets, target{job: job, goal: goal, measured: fmt.Sprintf(measured, args...), held: held})
	}
	// faster holds costrel to being so many times faster than each of others.
	faster := func(title, subject, content string, j job, goals map[string]float64, others ...string) {
		for _, other := range others {
			ratio := res.ns(other, content, j) / res.ns(subject, content, j)
			add(ratio >= goals[other], title, fmt.Sprintf("≥ %.0f× faster than %s", goals[other], other), "%.1f×", ratio)
			lowest := map[string]string{own: floor, zipped: floorZ}[subject]
			if r := res.find(lowest, content, j); r != nil {
				targets[len(targets)-1].limit = fmt.Sprintf("%.1f×", res.ns(other, content, j)/r.NS)
			}
		}
	}
	both := func(n float64) map[string]float64 { return map[string]float64{gorillaName: n, scsName: n} }
	stores := []string{gorillaName, scsName}

	row := res.find(own, "300 B", untouched)
	over := row.NS - res.ns(bare, "300 B", untouched)
	add(row.Allocs <= 3, "untouched request, 300 B", "≤ 3 allocations", "%.0f", row.Allocs)
	add(over <= 300, "untouched request, 300 B", "≤ 300 ns over the bare handler", "%.0f ns", over)
	faster("untouched request, 300 B", own, "300 B", untouched, map[string]float64{scsName: 80}, scsName)

	faster("read one value, 35 B", own, "35 B", readOne, both(25), stores...)
	faster("read one value, 35 B", own, "35 B", readOne, map[string]float64{jwtName: 7}, jwtName)
	faster("read one value, 300 B", own, "300 B", readOne, both(20), stores...)
	faster("read one value, 300 B, Flask's compressed cookie", zipped, "300 B", readOne, both(10), stores...)
	faster("read one value, 3 KB", own, "3 KB", readOne, both(20), stores...)
	faster("read one value, 3 KB, never compressed", plain, "3 KB", readOne, both(20), stores...)
	faster("change one value, 300 B", own, "300 B", change, map[string]float64{gorillaName: 18, scsName: 12}, stores...)
	faster("change one value, 3 KB", own, "3 KB", change, both(10), stores...)
	faster("read all values, 300 B", own, "300 B", readAll, both(8), stores...)
	faster("read one value, 300 B", own, "300 B", readOne, map[string]float64{flaskName: 100}, flaskName)
	faster("read one value, 300 B, Flask's compressed cookie", zipped, "300 B", readOne, map[string]float64{flaskName: 40}, flaskName)

	for _, c := range contents {
		for _, j := range []job{readOne, change} {
			ratio := res.ns(own, c.name, j) / res.ns(floor, c.name, j)
			add(ratio <= 1.3, string(j)+" value, "+c.name, "≤ 1.3 × the floor", "%.2f×", ratio)
		}
	}
	ratio := res.ns(zipped, "300 B", readOne) / res.ns(floorZ, "300 B", readOne)
	add(ratio <= 1.3, "read one value, 300 B, Flask's compressed cookie", "≤ 1.3 × the floor", "%.2f×", ratio)
	for _, c := range contents {
		row := res.find(own, c.name, verify)
		ratio := row.NS / (res.ns(stepMAC, c.name, step) + res.ns(stepEncodeMAC, c.name, step))
		add(row.Allocs == 0 && ratio <= 1.15, "verify, "+c.name, "no allocation, ≤ 1.15 × the MAC and its base64", "%.0f, %.2f×", row.Allocs, ratio)
	}
	cookie := func(subject, content string) int { return res.find(subject, content, readOne).Cookie }
	add(cookie(own, "3 KB") <= cookie(flaskName, "3 KB"), "cookie, 3 KB", "≤ Flask's", "%d bytes, Flask's %d", cookie(own, "3 KB"), cookie(flaskName, "3 KB"))
	share := float64(cookie(own, "300 B")) / float64(cookie(gorillaName, "300 B"))
	add(share <= 0.45, "cookie, 300 B", "≤ 45 % of gorilla's", "%.0f %%", 100*share)
	mib := float64(res.Held) / (1 << 20)
	add(mib <= 8, fmt.Sprintf("memory held after %d requests at once", burst), "≤ 8 MiB after two garbage collections", "%.2f MiB", mib)
	return targets
}

// find returns a row, and ns its median.
func (res *results) find(subject, content string, j job) *row {
	for _, r := range res.Rows {
		if r.Subject == subject && r.Content == content && r.Job == j {
			return r
		}
	}
	return nil
}

func (res *results) ns(subject, content string, j job) float64 {
	return res.find(subject, content, j).NS
}
