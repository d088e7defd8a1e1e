package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/exec"
	"weir/parser/diag"
)

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// job has an id of one digit.
func job(digit, key string, started int64) exec.JobInfo {
	return exec.JobInfo{ID: strings.Repeat(digit, 32), Name: "job " + digit, Key: key, Statement: "INSERT INTO t SELECT 1", Started: started}
}

func opened(t *testing.T, dir string, job exec.JobInfo, retain int) *Store {
	t.Helper()
	s, err := Open(exec.OS{}, random(), dir, job, retain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !strings.Contains(err.Error(), "already closed") {
			t.Error(err)
		}
	})
	return s
}

func write(t *testing.T, s *Store, job exec.JobInfo, epochs ...int64) {
	t.Helper()
	for _, e := range epochs {
		im := small()
		im.Job, im.Epoch, im.Taken = job, e, 1000*e
		if _, err := s.Write(t.Context(), im); err != nil {
			t.Fatal(err)
		}
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// damage flips a bit in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 4
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestJobHasOneStore(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, dir, j, 1)
	_, err := Open(exec.OS{}, random(), dir, j, 1)
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W6103" || !strings.Contains(d.Message, fmt.Sprintf("pid %d on ", os.Getpid())) || !strings.Contains(d.Message, "'job a'") {
		t.Fatalf("%v", err)
	}
	opened(t, dir, job("b", "k", 1), 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, dir, j, 1)
}

func TestOldCheckpointsGo(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, dir, j, 3)
	write(t, s, j, 0, 1, 2)
	if got := names(t, s.Dir()); got != "chk-0 chk-1 chk-2 lock" {
		t.Errorf("%s", got)
	}
	write(t, s, j, 9, 10)
	if got := names(t, s.Dir()); got != "chk-10 chk-2 chk-9 lock" {
		t.Errorf("%s", got)
	}
	// A newer one is never removed, and is none of those that are kept.
	write(t, s, j, 8)
	if got := names(t, s.Dir()); got != "chk-10 chk-2 chk-8 chk-9 lock" {
		t.Errorf("%s", got)
	}
	im := small()
	im.Job, im.Epoch = j, 8
	if _, err := s.Write(t.Context(), im); err == nil {
		t.Error("an epoch was written twice")
	}
}

func TestUnfinishedWritesGo(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, dir, j, 1)
	write(t, s, j, 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".chk-5/state", ".chk-3/manifest", ".other/file"} {
		path := filepath.Join(s.Dir(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if im, err := Load(exec.OS{}, s.Dir()); err != nil || im.Epoch != 4 {
		t.Errorf("%v", err)
	}
	opened(t, dir, j, 1)
	if got := names(t, s.Dir()); got != ".other chk-4 lock" {
		t.Errorf("%s", got)
	}
}

func TestSavepointCanBeMoved(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, filepath.Join(dir, "jobs"), j, 1)
	im := small()
	im.Job = j
	path, size, err := s.Savepoint(t.Context(), im, filepath.Join(dir, "some", "where"))
	if err != nil || !regexp.MustCompile(`/some/where/savepoint-aaaaaa-[0-9a-f]{12}$`).MatchString(path) {
		t.Fatal(path, err)
	}
	other, _, err := s.Savepoint(t.Context(), im, filepath.Join(dir, "some", "where"))
	if err != nil || other == path {
		t.Fatal(other, err)
	}
	moved := filepath.Join(dir, "moved")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	got, err := Load(exec.OS{}, moved)
	if err != nil {
		t.Fatal(err)
	}
	checkSame(t, got, im)
	report, err := Verify(exec.OS{}, moved)
	if err != nil || len(report.Checkpoints) != 1 {
		t.Fatal(report, err)
	}
	if v := report.Checkpoints[0]; v.Bytes != size || v.Sections != 8 || v.Rows != 3 || v.Epoch != 7 {
		t.Errorf("%+v", v)
	}
}

func TestNewestIsLoaded(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, dir, j, 5)
	write(t, s, j, 8, 9, 10, 11)
	if im, err := Load(exec.OS{}, s.Dir()); err != nil || im.Epoch != 11 {
		t.Fatal(err)
	}
	// Damage is told, and what to do about it; nothing falls back by itself.
	damage(t, filepath.Join(s.Dir(), "chk-11", "state"))
	damage(t, filepath.Join(s.Dir(), "chk-10", "manifest"))
	var d *diag.Diagnostic
	_, err := Load(exec.OS{}, s.Dir())
	if !errors.As(err, &d) || d.Code != "W6101" || !strings.Contains(d.Message, "the newest checkpoint of the job cannot be used: "+s.Dir()+"/chk-11/state is damaged: operator 'aggregate'") ||
		d.Hint != "to go back to an older one: SET 'execution.state-recovery.path' = '"+s.Dir()+"/chk-9'" {
		t.Errorf("%+v", d)
	}
	if _, err := Load(exec.OS{}, filepath.Join(s.Dir(), "chk-9")); err != nil {
		t.Error(err)
	}
	report, err := Verify(exec.OS{}, s.Dir())
	if !errors.As(err, &d) || d.Code != "W6101" || len(report.Checkpoints) != 0 {
		t.Errorf("%v %v", report, err)
	}
	if err := os.RemoveAll(filepath.Join(s.Dir(), "chk-11", "manifest")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(exec.OS{}, s.Dir()); err == nil || !strings.Contains(err.Error(), "chk-11/manifest is damaged: it is missing") {
		t.Error(err)
	}
}

func TestPathsToNothing(t *testing.T) {
	dir := t.TempDir()
	for path, code := range map[string]string{filepath.Join(dir, "none"): "W6104", dir: "W6104"} {
		_, err := Load(exec.OS{}, path)
		var d *diag.Diagnostic
		if !errors.As(err, &d) || d.Code != code {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFindTheJobStartedLast(t *testing.T) {
	dir := t.TempDir()
	if f, err := Find(exec.OS{}, filepath.Join(dir, "none"), "k"); f != nil || err != nil {
		t.Fatal(f, err)
	}
	jobs := []exec.JobInfo{job("a", "k", 30), job("b", "k", 40), job("c", "other", 50), job("d", "k", 20)}
	stores := map[string]*Store{}
	for _, j := range jobs {
		s := opened(t, dir, j, 2)
		write(t, s, j, 1, 2, 3)
		stores[j.ID[:1]] = s
	}
	opened(t, dir, job("e", "k", 60), 1) // has not come as far as a checkpoint
	f, err := Find(exec.OS{}, dir, "k")
	if err != nil || f == nil || f.Job != jobs[1] || f.Epoch != 3 || f.Finished || f.Kept != 2 || f.Path != filepath.Join(dir, jobs[1].ID, "chk-3") {
		t.Fatalf("%+v %v", f, err)
	}
	if !f.Locked || !strings.HasPrefix(f.Owner, fmt.Sprintf("pid %d on ", os.Getpid())) {
		t.Errorf("owner %q", f.Owner)
	}
	if err := stores["b"].Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = Find(exec.OS{}, dir, "k"); err != nil || f.Locked || f.Owner != "" {
		t.Errorf("%+v %v", f, err)
	}
	if f, err := Find(exec.OS{}, dir, "none"); f != nil || err != nil {
		t.Error(f, err)
	}
	all, err := List(exec.OS{}, dir)
	var ids []string
	for _, f := range all {
		ids = append(ids, f.Job.ID[:1])
	}
	if err != nil || !slices.Equal(ids, []string{"c", "b", "a", "d"}) {
		t.Errorf("%v %v", ids, err)
	}

	// A damaged job of another key is none of ours; one of ours is an error, as is one that might be ours.
	damage(t, filepath.Join(dir, jobs[2].ID, "chk-3", "manifest"))
	if f, err := Find(exec.OS{}, dir, "k"); err != nil || f.Job != jobs[1] {
		t.Errorf("%+v %v", f, err)
	}
	damage(t, filepath.Join(dir, jobs[2].ID, "chk-2", "manifest"))
	if _, err := Find(exec.OS{}, dir, "k"); err == nil || !strings.Contains(err.Error(), jobs[2].ID) {
		t.Error(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, jobs[2].ID)); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(dir, jobs[1].ID, "chk-3", "manifest"))
	_, err = Find(exec.OS{}, dir, "k")
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W6101" || !strings.HasSuffix(d.Hint, jobs[1].ID+"/chk-2'") {
		t.Errorf("%v", d)
	}
}
