package mc_test

import (
	"testing"

	"projectpenalty/mc"
)

func TestPairsWon(t *testing.T) {
	a, b := mc.PerSeed(1, 1, 1, 1, 1, 1, 1, 0), mc.PerSeed(0, 0, 0, 0, 0, 0, 1, 0)
	v, err := mc.PairsWon(a, b).Interval(0.95)
	// Six decided pairs, all won: McNemar's exact p is 2·2⁻⁶ = 0.031 < 0.05, so that ½ is outside.
	if err != nil || v.Median != 1 || v.Lo <= 0.5 || v.N != 8 {
		t.Errorf("six of six: %+v, %v", v, err)
	}
	a.Values[0] = 0
	if v, err = mc.PairsWon(a, b).Interval(0.95); err != nil || v.Lo > 0.5 { // p = 2·2⁻⁵ = 0.0625
		t.Errorf("five of five: %+v, %v", v, err)
	}
	if v, err = mc.PairsWon(b, b).Interval(0.95); err != nil || v.Lo != 0 || v.Hi != 1 {
		t.Errorf("no decided pair: %+v, %v", v, err)
	}
	if _, err = mc.PairsWon(mc.PerSeed(0.5), mc.PerSeed(1)).Interval(0.95); err == nil {
		t.Error("a value that is neither 0 nor 1: no error")
	}
}
