package main

import "testing"

func TestTry(t *testing.T) {
	if err := try.Check(t.Context()); err != nil || try.Len() != 200 {
		t.Errorf("%d cells, %v", try.Len(), err)
	}
}
