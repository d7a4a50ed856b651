module github.com/costrel/costrel

go 1.26
