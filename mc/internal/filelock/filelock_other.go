//go:build !unix

package filelock

// Try returns Unknown: the standard library locks no files here.
func Try(File) State { return Unknown }

// Wait returns Unknown: the standard library locks no files here.
func Wait(File) State { return Unknown }
