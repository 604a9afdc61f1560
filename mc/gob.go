package mc

import (
	"bytes"
	"encoding/gob"
)

// gob leaves out what is zero, and so a pointer to 0, which it would read as nil: as an error that
// is not known. A [Record] therefore writes what may be unknown as a list of at most one number.

type recordFields Record // without its methods

type recordGob struct {
	Fields                     recordFields
	Test, RelativeError, Truth []float64
}

func toGob(r Record) recordGob {
	g := recordGob{Fields: recordFields(r), Test: listed(r.Test), RelativeError: listed(r.RelativeError)}
	g.Fields.Test, g.Fields.RelativeError = nil, nil
	if r.Alignment != nil {
		g.Truth = listed(r.Alignment.Truth)
	}
	return g
}

func fromGob(g recordGob) Record {
	r := Record(g.Fields)
	r.Test, r.RelativeError = unlisted(g.Test), unlisted(g.RelativeError)
	if r.Alignment != nil {
		r.Alignment.Truth = unlisted(g.Truth)
	}
	return r
}

// GobEncode writes the record with every bit of its numbers.
func (r Record) GobEncode() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(toGob(r))
	return b.Bytes(), err
}

// GobDecode reads what GobEncode writes.
func (r *Record) GobDecode(text []byte) error {
	var g recordGob
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&g); err != nil {
		return err
	}
	*r = fromGob(g)
	return nil
}

func listed(x *float64) []float64 {
	if x == nil {
		return nil
	}
	return []float64{*x}
}

func unlisted(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	return &x[0]
}
