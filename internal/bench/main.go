// Bench measures costrel beside what else a user would pick, in one run:
//
//	go run ./internal/bench          measures everything, and writes docs/performance.md and docs/performance.svg
//	go run ./internal/bench -draw    writes both again, from the results of the last run
//	go run ./internal/bench -brief   compares costrel with the floor and fails if it allocates more than it should
//
// A full run takes about four minutes. It needs Python 3.10 or newer, with venv
// and pip, for Flask.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	log.SetFlags(0)
	brief := flag.Bool("brief", false, "compare with the floor only")
	draw := flag.Bool("draw", false, "write the documents again, from the last results")
	root := flag.String("root", ".", "`folder` of the checkout")
	serve := flag.String("serve", "", "be a server of the load test")         // for itself
	hold := flag.Bool("held", false, "print what a burst of requests leaves") // for itself
	flag.Parse()
	runtime.GOMAXPROCS(1)

	var err error
	switch {
	case *serve != "":
		servePage(*serve)
	case *hold:
		fmt.Println(held(burst))
	case *brief:
		err = compareWithFloor(os.Stdout)
	default:
		err = run(*root, *draw)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run measures, unless it is to draw only, and writes the documents.
func run(root string, draw bool) error {
	file := filepath.Join(root, "internal/bench/results.json")
	if !draw {
		res, err := measureAll(root)
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(res, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var res results
	if err := json.Unmarshal(text, &res); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "docs/performance.md"), res.document(), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs/performance.svg"), res.chart(), 0o666)
}

// results are what a full run measured.
type results struct {
	Machine, Go string
	Versions    map[string]string // :: name → version
	Took        time.Duration

	Rows       []*row // subjects at jobs, and the floor's steps
	Sizes      []*row
	Keys       []*row
	Goroutines []*row
	Load       []loadResult
	Held       int64 // bytes after a burst
}

const (
	rounds = 25
	slice  = 20 * time.Millisecond
	burst  = 10_000
)

func measureAll(root string) (*results, error) {
	start := time.Now()
	f, err := startFlask(root)
	if err != nil {
		return nil, fmt.Errorf("starting Flask: %w", err)
	}
	flaskCookies = f.Cookies
	res := &results{Machine: machine(), Go: runtime.Version(), Versions: versions(f)}

	// In a process of its own: the goroutines that it leaves slow every
	// collection down.
	out, err := exec.Command(os.Args[0], "-held").Output()
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Sscan(string(out), &res.Held); err != nil {
		return nil, err
	}
	res.Rows = rows(append(subjects, subject{flaskName, f.session}), contents)
	for _, c := range contents {
		res.Rows = append(res.Rows, floorSteps(c)...)
	}
	measure("subjects", res.Rows, rounds, slice)
	res.Sizes, res.Keys = sizeRows(), keyRows() // now: what is not there yet no collection has to walk
	measure("sizes and keys", append(res.Sizes, res.Keys...), rounds, slice)
	res.Goroutines = goroutineRows()
	measure("goroutines", res.Goroutines, rounds, slice)
	res.Load = loadTest(7, 1500*time.Millisecond)
	res.Took = time.Since(start)
	return res, nil
}
