package echarts

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// The library is what its authors publish: the digest is that of dist/echarts.min.js of the package
// echarts 5.6.0.
func TestSourceIsPublished(t *testing.T) {
	source, err := Source()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(source))
	if got, want := hex.EncodeToString(sum[:]),
		"bf4a223524e40b77c304bec67e1222cf551f14880cf42c69dc046558e11c07b1"; got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
}
