package filesystem

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"weir/exec"
)

// Files are listed as a source lists them, and their texts are decompressed.
func TestSample(t *testing.T) {
	dir := t.TempDir()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte("zipped")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"b.csv": []byte("plain"), "a.csv.gz": zipped.Bytes(), ".hidden": nil, "_SUCCESS": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Files(t.Context(), exec.OS{}, dir)
	if err != nil || len(files) != 2 || filepath.Base(files[0].Path) != "a.csv.gz" || filepath.Base(files[1].Path) != "b.csv" {
		t.Fatalf("%v, %v", files, err)
	}
	for i, want := range []string{"zipped", "plain"} {
		r, err := Text(t.Context(), exec.OS{}, files[i])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Errorf("%s reads as %q, %v", files[i].Path, got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Files(t.Context(), exec.OS{}, filepath.Join(dir, "nope")); err == nil {
		t.Error("a file that is not there is listed")
	}
}
