package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes the ring to a new file that its owner alone can read.
func (r Ring) Create(path string) error {
	text, err := r.AppendText(nil)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := fill(f, text); err != nil {
		os.Remove(path)
		return err
	}
	return syncDir(path)
}

// Write writes the ring to a file that is new, empty, or holds keys derived for
// the same salt: what can't be derived again is not written over. Who reads it
// meanwhile, or after a crash, finds the old keys or the new ones. Its owner
// alone can read it; if it is not new, its owner stays, and so does its mode but
// for that.
func (r Ring) Write(path string) error {
	return replace(path, func() (Ring, error) { return r, r.mayReplace(path) })
}

// mayReplace says why Write leaves a file alone.
func (r Ring) mayReplace(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file, and stays as it is", path)
	case info.Size() == 0:
		return nil
	case info.Size() > maxSize:
		return fmt.Errorf("%s is too large for a key file, and stays as it is", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := Parse(text)
	switch {
	case err != nil || old.Salt == "":
		return fmt.Errorf("%s holds something else than derived keys, and stays as it is", path)
	case old.Salt != r.Salt:
		return fmt.Errorf("%s holds keys derived for %q, not %q, and stays as it is", path, old.Salt, r.Salt)
	}
	return nil
}

// Rotate makes next the current key of a file, and the key that was current the
// first fallback. It keeps the given number of fallbacks at most, or all if that
// is negative, and returns the new ring. The file is written as by [Ring.Write].
func Rotate(path, next string, fallbacks int) (rotated Ring, err error) {
	err = replace(path, func() (Ring, error) {
		ring, err := Read(path)
		if err != nil {
			return Ring{}, err
		}
		if ring.Salt != "" {
			return Ring{}, fmt.Errorf("%s holds derived keys: rotate those that they came from, and derive them again", path)
		}
		rotated.Keys = append([][]byte{[]byte(next)}, ring.Keys...)
		if fallbacks >= 0 {
			rotated.Keys = rotated.Keys[:min(len(rotated.Keys), fallbacks+1)]
		}
		return rotated, nil
	})
	return rotated, err
}

// replace gives a file the ring that keys returns. The name of the temporary
// file is a lock, so that of two rotations at once none is lost.
func replace(path string, keys func() (Ring, error)) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // and not the link to it
	}
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists: somebody else is writing %s, or stopped halfway; in that case remove it", temporary, path)
	case err != nil:
		return err
	}
	ring, err := keys()
	text, textErr := ring.AppendText(nil)
	if err = errors.Join(err, textErr, inherit(f, path)); err != nil {
		f.Close()
	} else {
		err = fill(f, text)
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
		return err
	}
	return syncDir(path)
}

// inherit gives f the owner of the file that it is to replace, and its mode as
// far as that is the owner's business.
func inherit(f *os.File, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(keepOwner(f, info), f.Chmod(info.Mode().Perm()&0o700))
}

// fill writes text to f and closes it.
func fill(f *os.File, text []byte) error {
	_, err := f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
