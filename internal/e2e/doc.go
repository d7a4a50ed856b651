// Package e2e holds the tests that compare costrel with the real thing: Flask
// itself, served by a real server, the proxies of docs/gateway.md, and a real
// browser. It is a module of its own, so that what it needs reaches nobody who uses costrel, and it has no
// code outside its tests.
//
// The tests make a Python virtual environment in .venv with what
// requirements.txt names, once. What they cannot have, they skip, and say in a
// line what to install; where the environment says CI=true, they fail instead.
package e2e
