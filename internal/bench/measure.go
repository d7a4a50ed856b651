package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"
)

// A job is what a subject is timed at.
type job string

// The first four are whole requests through a net/http handler. The others have
// no request: whether a cookie is genuine, all its values, and one of values.
const (
	untouched job = "none touched"
	readOne   job = "read one"
	readAll   job = "read all"
	change    job = "change one"
	verify    job = "verify"
	load      job = "load"
	produce   job = "produce"
)

var jobs = []job{untouched, readOne, readAll, change, verify, load, produce}

// A work does its job n times and returns how long that took.
type work func(n int) time.Duration

// timed makes a work of one repetition.
func timed(once func()) work {
	return func(n int) time.Duration {
		start := time.Now()
		for range n {
			once()
		}
		return time.Since(start)
	}
}

// A row is one subject at one job with one content.
type row struct {
	Subject, Content string
	Job              job
	Cookie           int // bytes of the cookie's value
	work             work

	NS            float64 // of one repetition, the median of all rounds
	Low, High     float64 // quartiles of the same
	Bytes, Allocs float64 // of one repetition
}

// measure fills in rows. All of them take turns, so that whatever else the
// machine does meanwhile falls on all alike: rounds times, each for about slice.
func measure(what string, rows []*row, rounds int, slice time.Duration) {
	counts := make([]int, len(rows))
	for i, r := range rows {
		counts[i] = r.calibrate(slice)
	}
	times := make([][]float64, len(rows))
	for round := range rounds {
		for i, r := range rows {
			runtime.GC() // of what the row before left
			r.work(counts[i]/8 + 1)
			took := r.work(counts[i])
			times[i] = append(times[i], float64(took.Nanoseconds())/float64(counts[i]))
		}
		fmt.Fprintf(os.Stderr, "\r%s, round %d of %d", what, round+1, rounds)
	}
	fmt.Fprintln(os.Stderr)
	for i, r := range rows {
		slices.Sort(times[i])
		r.Low, r.NS, r.High = quantile(times[i], 0.25), quantile(times[i], 0.5), quantile(times[i], 0.75)
	}
}

// calibrate finds how often the work is to be done in the given time, and
// counts what it allocates.
func (r *row) calibrate(slice time.Duration) int {
	n := 1
	for {
		took := r.work(n)
		if took > slice/4 {
			n = max(1, int(float64(n)*float64(slice)/float64(took)))
			break
		}
		n *= 4
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.work(n)
	runtime.ReadMemStats(&after)
	r.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	r.Allocs = math.Floor(float64(after.Mallocs-before.Mallocs) / float64(n))
	return n
}

// quantile returns the value below which the fraction q of sorted lies.
func quantile(sorted []float64, q float64) float64 {
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
