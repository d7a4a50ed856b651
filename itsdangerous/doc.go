// Package itsdangerous signs values and checks signatures, in the format of
// Python's itsdangerous.
package itsdangerous
