package sspi

import (
	"errors"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/ntlm"
)

// statuses are what we make of each Status: the name that Windows has for it, the
// reason under which we refuse, and what that is to an admin.
var statuses = map[Status]struct {
	name   string
	reason authn.Reason
	means  string
}{
	InsufficientMemory:        {"SEC_E_INSUFFICIENT_MEMORY", authn.Unavailable, "Windows is out of memory"},
	InvalidHandle:             {"SEC_E_INVALID_HANDLE", authn.Internal, "a context that Windows does not know"},
	InternalError:             {"SEC_E_INTERNAL_ERROR", authn.Unavailable, "the Local Security Authority does not answer"},
	PackageNotFound:           {"SEC_E_SECPKG_NOT_FOUND", authn.Unavailable, "this Windows has no such package"},
	InvalidToken:              {"SEC_E_INVALID_TOKEN", authn.Malformed, "the token cannot be read, or is for another account than the one that the proxy runs as"},
	LogonDenied:               {"SEC_E_LOGON_DENIED", authn.BadPassword, "a wrong password, or an account that may not log on to this machine from the network"},
	UnknownCredentials:        {"SEC_E_UNKNOWN_CREDENTIALS", authn.Unavailable, "Windows does not know the account that the proxy runs as"},
	NoCredentials:             {"SEC_E_NO_CREDENTIALS", authn.Unavailable, "the account that the proxy runs as has no credentials"},
	MessageAltered:            {"SEC_E_MESSAGE_ALTERED", ntlm.Integrity, "the messages were changed on the way"},
	OutOfSequence:             {"SEC_E_OUT_OF_SEQUENCE", ntlm.Integrity, "a message is missing, or came twice"},
	NoAuthenticatingAuthority: {"SEC_E_NO_AUTHENTICATING_AUTHORITY", authn.Unavailable, "no domain controller answers, or the caller's domain is not trusted"},
	ContextExpired:            {"SEC_E_CONTEXT_EXPIRED", ntlm.Late, "the caller took too long"},
	IncompleteMessage:         {"SEC_E_INCOMPLETE_MESSAGE", authn.Malformed, "the token is cut off"},
	WrongPrincipal:            {"SEC_E_WRONG_PRINCIPAL", kerberos.NoKey, "the ticket is for another account than the one that the proxy runs as: see which has the name in ProxyUrl (setspn -Q)"},
	TimeSkew:                  {"SEC_E_TIME_SKEW", kerberos.ClockSkew, "the clocks of the caller and of this machine are apart"},
	IllegalMessage:            {"SEC_E_ILLEGAL_MESSAGE", authn.Malformed, "the token cannot be read"},
	DecryptFailure:            {"SEC_E_DECRYPT_FAILURE", kerberos.BadIntegrity, "the ticket or what comes with it was changed on the way"},
	AlgorithmMismatch:         {"SEC_E_ALGORITHM_MISMATCH", authn.NoMechanism, "nothing that both sides can do"},
	ShutdownInProgress:        {"SEC_E_SHUTDOWN_IN_PROGRESS", authn.Unavailable, "Windows is shutting down"},
	UnknownEncryptionType:     {"SEC_E_KDC_UNKNOWN_ETYPE", kerberos.NoKey, "the account that the proxy runs as has no key of the ticket's encryption type"},
	BadBindings:               {"SEC_E_BAD_BINDINGS", authn.ChannelBinding, "the logon was made for another TLS connection, or for none and channel_binding is required"},
	NoKerberosKey:             {"SEC_E_NO_KERB_KEY", kerberos.NoKey, "the account that the proxy runs as has no key for the ticket"},
	DowngradeDetected:         {"SEC_E_DOWNGRADE_DETECTED", authn.Unavailable, "no domain controller can be reached to confirm the logon"},
	InvalidParameter:          {"SEC_E_INVALID_PARAMETER", authn.Internal, "Windows cannot do what we ask for"},
	NTLMOnly:                  {"SEC_E_POLICY_NLTM_ONLY", authn.NoMechanism, "a policy of Windows allows nothing but NTLM"},
}

// refusal says for which reason err, of Windows about a caller, keeps that caller
// out. A Status that nobody has foreseen is our own failure.
func refusal(m authn.Mechanism, p Package, err error) error {
	if known, ok := errors.AsType[*authn.Refusal](err); ok {
		return known
	}
	status, _ := errors.AsType[Status](err)
	reason := statuses[status].reason
	if reason == "" {
		reason = authn.Internal
	}
	return authn.Refuse(m, reason, "sspi: %s: %w", p, err)
}
