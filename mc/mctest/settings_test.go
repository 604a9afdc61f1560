package mctest

import (
	"testing"

	"projectpenalty/mc"
)

// odd are settings with something wrong.
type odd struct {
	Scale   float64 `default:"1" range:"[0, inf)"`
	Free    float64 // has no range
	Pointer *int
	Number  mc.Defaulter
	refuses bool
}

func (o odd) WithDefaults() any {
	if o.Pointer != nil {
		*o.Pointer++
	}
	return o
}

func (o odd) Validate() error {
	err := mc.CheckRanges(o)
	if o.refuses && o.Scale == mc.Zero {
		return mc.CheckRanges(odd{Scale: -1})
	}
	return err
}

func TestCheckSettingsCatches(t *testing.T) {
	for _, c := range []struct {
		name   string
		config any
		want   string
	}{
		{"no range", odd{}, "Validate accepts odd.Free = NaN; give the field a range tag"},
		{"an address", odd{Pointer: new(int)}, "with an address that another run does not have"},
		{"zero is refused as another number", odd{refuses: true}, "with Scale = mc.Zero Validate says"},
		{"a wrong tag", struct {
			X float64 `default:"one"`
		}{}, `default must be a number, or "none"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			CheckSettings(&r, c.config)
			catches(t, &r, c.want)
		})
	}
	CheckSettings(t, mc.Adam{Beta1: 0.5})
	CheckSettings(t, mc.WarmUp{Steps: 3})
}
