package checkpoint

import (
	"errors"
	iofs "io/fs"

	"weir/exec"
)

// Report says what Verify has looked at.
type Report struct {
	Checkpoints []Verified // all of them whole, the newest first
}

// Verified is a checkpoint or savepoint that is whole.
type Verified struct {
	Path     string
	Job      exec.JobInfo
	Epoch    int64
	Sections int
	Rows     int64 // of state
	Bytes    int64 // of its files
}

// Verify reads a checkpoint or savepoint, or all checkpoints in the directory of a job, and checks every checksum and
// every snapshot. It ends with the first damage; the report has what was looked at before.
func Verify(fs exec.FS, path string) (Report, error) {
	var report Report
	dir, newest, err := resolve(fs, path)
	if err != nil {
		return report, err
	}
	dirs := []string{dir}
	if newest {
		entries, err := fs.ReadDir(path)
		if err != nil {
			return report, storage("read", path, err)
		}
		dirs = nil
		epochs := epochsOf(entries)
		for i := len(epochs) - 1; i >= 0; i-- {
			dirs = append(dirs, checkpointPath(path, epochs[i]))
		}
	}
	for i, dir := range dirs {
		v, err := verify(fs, dir)
		if err != nil {
			if _, gone := fs.Stat(dir); i > 0 && errors.Is(gone, iofs.ErrNotExist) {
				continue // the job has retired it in the meantime
			}
			return report, err
		}
		report.Checkpoints = append(report.Checkpoints, v)
	}
	return report, nil
}

func verify(fs exec.FS, dir string) (Verified, error) {
	im, m, err := readImage(fs, dir)
	if err != nil {
		return Verified{}, err
	}
	v := Verified{Path: dir, Job: im.Job, Epoch: im.Epoch, Bytes: m.bytes()}
	for range m.sections() {
		v.Sections++
	}
	for _, op := range Measure(im) {
		v.Rows += op.Total.Rows
	}
	return v, nil
}
