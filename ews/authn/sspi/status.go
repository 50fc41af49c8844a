package sspi

import "fmt"

// Status is a SECURITY_STATUS, what Windows says of a token it does not take, or
// of itself ([MS-ERREF] 2.1.1).
type Status uint32

// The statuses that mean anything in particular here.
const (
	InsufficientMemory        Status = 0x80090300
	InvalidHandle             Status = 0x80090301
	InternalError             Status = 0x80090304
	PackageNotFound           Status = 0x80090305
	InvalidToken              Status = 0x80090308
	LogonDenied               Status = 0x8009030C
	UnknownCredentials        Status = 0x8009030D
	NoCredentials             Status = 0x8009030E
	MessageAltered            Status = 0x8009030F
	OutOfSequence             Status = 0x80090310
	NoAuthenticatingAuthority Status = 0x80090311
	ContextExpired            Status = 0x80090317
	IncompleteMessage         Status = 0x80090318
	WrongPrincipal            Status = 0x80090322
	TimeSkew                  Status = 0x80090324
	IllegalMessage            Status = 0x80090326
	DecryptFailure            Status = 0x80090330
	AlgorithmMismatch         Status = 0x80090331
	ShutdownInProgress        Status = 0x8009033F
	UnknownEncryptionType     Status = 0x80090342
	BadBindings               Status = 0x80090346
	NoKerberosKey             Status = 0x80090348
	DowngradeDetected         Status = 0x80090350
	InvalidParameter          Status = 0x8009035D
	NTLMOnly                  Status = 0x8009035F
)

// Error implements error, in the words under which admins find it.
func (s Status) Error() string {
	if known, ok := statuses[s]; ok {
		return fmt.Sprintf("%s (0x%08X): %s", known.name, uint32(s), known.means)
	}
	return fmt.Sprintf("status 0x%08X of Windows", uint32(s))
}
