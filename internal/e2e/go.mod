module github.com/costrel/costrel/internal/e2e

go 1.26

require github.com/costrel/costrel v0.0.0

replace github.com/costrel/costrel => ../..
