package cache

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// What is sealed in a snapshot is a list of records, each behind its length:
// small enough to be held in memory, and bounded, so that a length that is
// nonsense costs nothing.

// mostRecord bounds one record: six calendars of a thousand events with details
// are less than half of it.
const mostRecord = 8 << 20

// pen writes the values of one record, and a reading gives them back in the
// same order. Numbers are varints as of [encoding/binary], texts stand behind
// their length, a moment is seconds and nanoseconds since 1970 of UTC.
type pen []byte

func (p *pen) count(n int)    { *p = binary.AppendUvarint(*p, uint64(n)) }
func (p *pen) number(n int64) { *p = binary.AppendVarint(*p, n) }

func (p *pen) text(s string) {
	p.count(len(s))
	*p = append(*p, s...)
}

func (p *pen) moment(t time.Time) {
	p.number(t.Unix())
	p.count(t.Nanosecond())
}

func (p *pen) fraction(f float64) {
	*p = binary.LittleEndian.AppendUint64(*p, math.Float64bits(f))
}

// flags writes up to seven of them as one byte.
func (p *pen) flags(set ...bool) {
	var bits byte
	for i, is := range set {
		if is {
			bits |= 1 << i
		}
	}
	*p = append(*p, bits)
}

// writeTo writes the record that p has finished.
func (p *pen) writeTo(w io.Writer) error {
	if _, err := w.Write(binary.AppendUvarint(nil, uint64(len(*p)))); err != nil {
		return err
	}
	_, err := w.Write(*p)
	return err
}

// reading reads one record. What is not as a pen writes it makes it bad, and
// then every further value is zero.
type reading struct {
	rest []byte
	bad  bool
}

func (r *reading) fail() {
	r.rest, r.bad = nil, true
}

// count reads how many things follow, each of which takes that many bytes at
// least: more than can follow are none.
func (r *reading) count(each int) int {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 || n > uint64(len(r.rest)-length)/uint64(each) {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return int(n)
}

func (r *reading) number() int64 {
	n, length := binary.Varint(r.rest)
	if length <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return n
}

// below reads a number from 0 to less than limit, which is not negative.
func (r *reading) below(limit int) int {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 || n >= uint64(limit) {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return int(n)
}

func (r *reading) text() string { return string(r.bytes(r.count(1))) }

func (r *reading) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reading) moment() time.Time {
	seconds := r.number()
	return time.Unix(seconds, int64(r.below(1e9))).UTC()
}

// fraction reads a number from 0 to limit.
func (r *reading) fraction(limit float64) float64 {
	bits := r.bytes(8)
	if r.bad {
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(bits))
	if !(f >= 0 && f <= limit) { // nor NaN
		r.fail()
		return 0
	}
	return f
}

// flags reads what flags has written into the same places.
func (r *reading) flags(set ...*bool) {
	bits := r.bytes(1)
	if r.bad {
		return
	}
	for i, to := range set {
		*to = bits[0]&(1<<i) != 0
	}
	if bits[0]>>len(set) != 0 {
		r.fail()
	}
}

// eachRecord hands the records in r to take, which must read each to its end.
// They share their memory: a reading is gone once take returns.
func eachRecord(r io.Reader, take func(*reading)) error {
	in := bufio.NewReader(r)
	var record []byte
	for number := 0; ; number++ {
		length, err := binary.ReadUvarint(in)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return cutOff(number, err)
		case length > mostRecord:
			return fmt.Errorf("%w: record %d of it has %d bytes", errDamaged, number, length)
		}
		record = slices.Grow(record[:0], int(length))[:length]
		if _, err := io.ReadFull(in, record); err != nil {
			return cutOff(number, err)
		}
		reading := &reading{rest: record}
		take(reading)
		if reading.bad || len(reading.rest) > 0 {
			return fmt.Errorf("%w: record %d of it makes no sense", errDamaged, number)
		}
	}
}

// cutOff is why a record cannot be read: what holds it is damaged, or there is
// no more of it.
func cutOff(number int, err error) error {
	if errors.Is(err, errDamaged) {
		return err
	}
	return fmt.Errorf("%w: record %d of it: %w", errDamaged, number, err)
}
