package exec

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Who looks at a lock neither takes it nor writes.
func TestLookingAtALock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	if owner, held, err := (OS{}).Locked(name); owner != "" || held || err != nil {
		t.Errorf("no file: %q %t %v", owner, held, err)
	}
	look := func(at string, want string, locked bool) {
		t.Helper()
		owner, held, err := OS{}.Locked(name)
		if owner != want || held != locked || err != nil {
			t.Errorf("%s: locked %t by %q, %v", at, held, owner, err)
		}
	}
	lock, err := OS{}.Lock(name, "one")
	if err != nil {
		t.Fatal(err)
	}
	look("locked", "one", true)
	var by *LockedError
	if _, err := (OS{}).Lock(name, "two"); !errors.As(err, &by) || by.Owner != "one" {
		t.Errorf("locked twice: %v", err)
	}
	look("still locked", "one", true)
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	look("let go", "", false)
	if text, err := os.ReadFile(name); string(text) != "one\n" || err != nil {
		t.Errorf("the file has %q, %v", text, err)
	}
}

// A lock that may not be read is neither held nor free.
func TestLockThatMayNotBeRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	if err := os.Mkdir(name, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("itself", filepath.Join(name, "itself")); err != nil {
		t.Fatal(err)
	}
	if _, held, err := (OS{}).Locked(filepath.Join(name, "itself")); held || err == nil {
		t.Errorf("locked: %t, without an error", held)
	}
}

// Of several that lock a file and remove it under the lock, one has it at a time: none has locked what another has
// removed.
func TestLockOfAFileThatGoes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	var inside sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				lock, err := OS{}.Lock(name, "one")
				if err != nil {
					var by *LockedError
					if !errors.As(err, &by) {
						t.Error(err)
					}
					continue
				}
				if !inside.TryLock() {
					t.Error("two have the lock")
					_ = lock.Close()
					continue
				}
				inside.Unlock() // before the next one can make its own file
				if err := errors.Join(os.Remove(name), lock.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
