//go:build race

package costrel_test

// The race detector makes sync.Pool drop what it is given, at random.
func init() { poolsKeep = false }
