//go:build race

package zlib

// The race detector makes sync.Pool drop what it is given, at random.
func init() { poolsKeep = false }
