package server

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"availproxy/cache"
	"availproxy/freebusy"
)

// savingTime is how long the end may take to write the cache. What has no room
// in it is left out.
const savingTime = 10 * time.Second

// snapshot is how w wants the cache to be kept.
func (w *wiring) snapshot() (cache.Snapshot, error) {
	key, err := cache.NewSnapshotKey(w.config.Cache.Snapshot.KeyBytes())
	return cache.Snapshot{
		Key:         key,
		Longest:     time.Duration(max(w.config.Cache.Fresh, w.config.Cache.Stale)),
		Fingerprint: w.fingerprint,
		Belongs:     w.belongs,
	}, err
}

// fingerprint stands for everything that decides what a connector answers, the
// detail included that it is asked for: what was asked for with less lacks what is
// passed on now.
func (w *wiring) fingerprint(connector string) string {
	f, ok := w.forests[connector]
	if !ok {
		return ""
	}
	return w.config.Fingerprint(connector) + " " + f.detail().String()
}

// belongs reports whether the mailbox is still answered by the forest that c is
// from.
func (w *wiring) belongs(mailbox string, c *freebusy.Calendar) bool {
	name, ok := w.directory.ConnectorFor(freebusy.SMTP(mailbox))
	return ok && name == c.Origin.Connector
}

// warmUp fills the cache with what the process before has left, if it has. The
// log says what came of it; nothing that is wrong with it keeps us from serving.
func (s *Server) warmUp(ctx context.Context) {
	w := s.current.Load()
	path := w.config.SnapshotFile()
	if path == "" {
		return
	}
	began := time.Now()
	loaded, err := s.load(w, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.options.Log.InfoContext(ctx, "the cache starts empty: there is no snapshot", "file", path)
	case err != nil:
		s.options.Log.WarnContext(ctx, "the cache starts empty: the snapshot cannot be used", "file", path, "err", err)
	default:
		s.options.Log.InfoContext(ctx, "the cache starts with a snapshot", "file", path, "took", time.Since(began),
			"mailboxes", loaded.Mailboxes, "calendars", loaded.Calendars, "dropped_too_old", loaded.TooOld,
			"dropped_from_the_future", loaded.Future, "dropped_connector_changed", loaded.Changed, "dropped_no_room", loaded.NoRoom)
	}
}

// load fills the store from the file at path, which must be usable only once:
// an answer that a forest has refused since, or that somebody has purged, would
// come back after a crash.
func (s *Server) load(w *wiring, path string) (cache.Loaded, error) {
	how, err := w.snapshot()
	if err != nil {
		return cache.Loaded{}, err
	}
	file, err := openRegular(path)
	if err != nil {
		return cache.Loaded{}, err
	}
	loaded, err := s.store.Load(file, how)
	file.Close() // it was only read
	if err != nil {
		return cache.Loaded{}, err
	}
	if err := os.Remove(path); err != nil {
		s.store.Purge(func(string, *freebusy.Calendar) bool { return true })
		return cache.Loaded{}, err
	}
	return loaded, nil
}

// keep writes the cache for the next process, as the configuration in force at
// the end says. It may block for as long as the disk does.
func (s *Server) keep(ctx context.Context) {
	w := s.current.Load()
	path := w.config.SnapshotFile()
	if path == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), savingTime)
	defer cancel()
	began := time.Now()
	saved, err := s.save(ctx, w, path)
	if err != nil {
		s.options.Log.ErrorContext(ctx, "the cache could not be saved, the next start will be with an empty one", "file", path, "err", err)
		return
	}
	s.options.Log.InfoContext(ctx, "the cache has been saved", "file", path, "took", time.Since(began),
		"mailboxes", saved.Mailboxes, "calendars", saved.Calendars, "left_out", saved.LeftOut)
}

func (s *Server) save(ctx context.Context, w *wiring, path string) (saved cache.Saved, err error) {
	how, err := w.snapshot()
	if err != nil {
		return saved, err
	}
	if err := mayReplace(path); err != nil {
		return saved, err
	}
	err = replaceFile(path, func(out io.Writer) error {
		saved, err = s.store.Save(ctx, out, how)
		return err
	})
	return saved, err
}

// mayReplace refuses what is neither a snapshot nor empty, such as a key file
// whose name was written in the wrong place.
func mayReplace(path string) error {
	file, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > 0 && !cache.IsSnapshot(file) {
		err = errors.New("server: the file that is there is not a snapshot, and stays")
	}
	return err
}
