package checkpoint

import (
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"weir/exec"
)

// zeros is a file of nothing else, but for its beginning.
type zeros struct{ begin string }

func (z zeros) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(z.begin)) {
		copy(b, z.begin[at:])
	}
	return len(b), nil
}

// A manifest of any size costs no memory before it is known to be one.
func TestHugeManifest(t *testing.T) {
	const size = 64 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, begin := range []string{"", manifestMagic} {
		_, err := parseManifest("chk-7/manifest", zeros{begin}, size)
		checkDamage(t, "zeros behind '"+begin+"'", err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > size/16 {
		t.Errorf("%d bytes of memory for a manifest of %d bytes that is none", used, size)
	}

	_, err := Load(vast{}, written(t, small()))
	checkDamage(t, "8 TiB", err)
}

// vast is a file system whose manifests go on with zeros up to 8 TiB.
type vast struct{ exec.OS }

func (v vast) Open(name string) (exec.File, error) {
	f, err := v.OS.Open(name)
	if err == nil && filepath.Base(name) == manifestName {
		f = vastFile{f}
	}
	return f, err
}

type vastFile struct{ exec.File }

func (f vastFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return vastInfo{info}, err
}

func (f vastFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if err == io.EOF {
		clear(b[n:])
		n, err = len(b), nil
	}
	return n, err
}

type vastInfo struct{ fs.FileInfo }

func (vastInfo) Size() int64 { return 8 << 40 }

// A position that no source has is damage, whatever its checksums.
func TestHostilePosition(t *testing.T) {
	im := small()
	p := im.Operators[0].Position
	p.Chains = []exec.Chain{{Ranges: []exec.Remainder{{Range: exec.Range{Split: p.Splits[0], From: 8, To: 3}}}}}
	_, err := Load(exec.OS{}, written(t, im))
	if d := checkDamage(t, "from behind to", err); !strings.HasSuffix(d.Message, "split 0: the range 8 to 3 of 9 bytes") {
		t.Error(d.Message)
	}
}
