package freebusy

// Difference is one thing that two sources say differently about one mailbox.
//
// Served and Other are what either says: times in UTC and busy types, a code, a
// view, working hours; "" is nothing at all. No subject or location is in them,
// and no address.
type Difference struct {
	Kind          DifferenceKind
	Served, Other string
}

// DifferenceKind says of what kind a [Difference] is. The words are part of the
// metrics.
type DifferenceKind string

// The kinds, those that matter most first.
const (
	CodeDiffers         DifferenceKind = "code"             // one has no calendar, or neither and for another reason
	OnlyServed          DifferenceKind = "missing"          // an event, or hours that are taken, that the other one does not have
	OnlyOther           DifferenceKind = "extra"            // the same the other way round
	TimeMoved           DifferenceKind = "moved"            // an event of the same busy type overlaps and has other bounds
	BusyTypeDiffers     DifferenceKind = "busy_type"        // for the same hours
	DetailGranted       DifferenceKind = "detail"           // one shows more of the calendar than the other
	TextDiffers         DifferenceKind = "subject_location" // of an event of which both show them
	WorkingHoursDiffers DifferenceKind = "working_hours"    // in the week from the start of the question
	WholeDayFloats      DifferenceKind = "whole_day"        // an event of whole days begins at another midnight
)

// DifferenceKinds are all kinds, in their order.
func DifferenceKinds() []DifferenceKind {
	return []DifferenceKind{
		CodeDiffers, OnlyServed, OnlyOther, TimeMoved, BusyTypeDiffers, DetailGranted, TextDiffers, WorkingHoursDiffers, WholeDayFloats,
	}
}

// Documented reports whether the documents of the other side announce k, so that
// nothing is wrong with either answer: Graph gives events of whole days from
// midnight to midnight of the zone that is asked in, and EWS of their own
// (learn.microsoft.com calendar-getschedule).
func (k DifferenceKind) Documented() bool { return k == WholeDayFloats }

// Means is k in a few words, for people to read.
func (k DifferenceKind) Means() string {
	switch k {
	case CodeDiffers:
		return "another code"
	case OnlyServed:
		return "missing on the other side"
	case OnlyOther:
		return "only on the other side"
	case TimeMoved:
		return "at another time"
	case BusyTypeDiffers:
		return "another busy type"
	case DetailGranted:
		return "more or less detail"
	case TextDiffers:
		return "another subject or location"
	case WorkingHoursDiffers:
		return "other working hours"
	case WholeDayFloats:
		return "whole days from another midnight, as documented"
	}
	return string(k)
}
