package freebusy

// advice is a Cause and what whoever runs us can do about it, which goes into the
// log and never to a caller, who reads the words of Exchange.
type advice struct {
	cause  Cause
	remedy string
}

// ofCodes is the advice that goes with each code that we give ourselves.
var ofCodes = map[Code]advice{
	ErrorAccessDenied:                  {"mailbox.access-denied", "The other side does not let our application see the mailbox; see what it may do there."},
	ErrorAddressSpaceNotFound:          {"domain.not-configured", "Add the domain to target_address_domains of a connector, or correct the external address of the contact or mail user."},
	ErrorAutoDiscoverFailed:            {"discovery.failed", "Run `availproxy check --mailbox` with an address of that domain; a target_sharing_epr in the connector does without autodiscover."},
	ErrorFreeBusyDLLimitReached:        {"mailbox.group-too-big", "The address is that of a group with too many members; ask about them one by one."},
	ErrorFreeBusyGenerationFailed:      {"answer.unusable", "The other side sent what cannot be used; look at the cause, and at that calendar on the other side."},
	ErrorIncorrectSchemaVersion:        {"question.schema-too-new", "The caller asks for more than the schema has that it names in RequestServerVersion; update the caller."},
	ErrorInternalServerError:           {"proxy.own-fault", "This is a fault of this program; look at the cause and report it."},
	ErrorInvalidCrossForestCredentials: {"credentials.wrong", "Correct the credentials of the connector."},
	ErrorInvalidFederatedOrganization:  {"federation.not-set-up", "The federation trust of the other side is not set up; it is to be solved there."},
	ErrorInvalidFreeBusyViewType:       {"question.no-view", "The caller must ask for a view other than None."},
	ErrorInvalidMergedInterval:         {"question.slot-length", "The caller must ask for slots of 5 to 1440 minutes, not longer than its window."},
	ErrorInvalidOrgRelationship:        {"federation.free-busy-off", "Free/busy is switched off in the organization relationship of the other side; see FreeBusyAccessEnabled there."},
	ErrorInvalidRequest:                {"question.not-understood", "The caller sent no question that we answer; see that its URL is meant for free/busy times."},
	ErrorInvalidSerializedAccessToken:  {"question.identity-unreadable", "The server that asks sent an identity that cannot be read; take it out of clients.token_serialization if it should send none."},
	ErrorInvalidServerVersion:          {"question.version-unknown", "The caller must name a published RequestServerVersion, such as Exchange2013_SP1, or none."},
	ErrorInvalidSmtpAddress:            {"mailbox.address-invalid", "Correct the external address of the contact or mail user in the asking organisation."},
	ErrorInvalidTimeInterval:           {"question.window-reversed", "The caller must ask for a window that ends after it starts."},
	ErrorMailRecipientNotFound:         {"mailbox.unknown", "See that the external address of the contact or mail user is one of a mailbox on the other side."},
	ErrorMailboxDataArrayEmpty:         {"question.no-mailboxes", "The caller must name at least one mailbox."},
	ErrorMailboxDataArrayTooBig:        {"question.too-many-mailboxes", "The caller must ask about at most 100 mailboxes at a time."},
	ErrorMailboxMoveInProgress:         {"mailbox.being-moved", "Wait until the mailbox has been moved."},
	ErrorMeetingSuggestionFailed:       {"question.no-suggestions", "Look at the answers for the attendees; suggestions need at least one calendar."},
	ErrorMissingArgument:               {"question.argument-missing", "The caller left out what it must send; see the text for what."},
	ErrorNoFreeBusyAccess:              {"mailbox.no-access", "See access_level and clients of the connector, and the Default permission of the calendar on the other side."},
	ErrorNonExistentMailbox:            {"mailbox.none", "See that the account on the other side has a mailbox."},
	ErrorNotAllowedExternalSharing:     {"federation.sharing-forbidden", "A sharing policy of the other side forbids it; it is to be solved there."},
	ErrorOrganizationNotFederated:      {"federation.required", "The other side wants federation for this mailbox; see how it shares calendars with your organisation."},
	ErrorProxyGroupSidLimitExceeded:    {"question.too-many-groups", "The person who asks is in too many groups for the server that asks to pass on."},
	ErrorProxyRequestNotAllowed:        {"endpoint.proxying-refused", "The other side takes the question for one of its own servers; see user_agent of the connector and EwsAllowList there."},
	ErrorProxyRequestProcessingFailed:  {"endpoint.not-asked", "Run `availproxy check` for the connector: it tries name, connection, certificate and token one after the other."},
	ErrorRequestStreamTooBig:           {"question.too-big", "The caller must keep its request below 400 KB."},
	ErrorResultSetTooBig:               {"mailbox.calendar-too-full", "The calendar has more than 1000 entries in the window; the caller must ask for fewer days."},
	ErrorSchemaValidation:              {"question.schema-violated", "The caller sent what the schema does not allow; see the text for where."},
	ErrorServerBusy:                    {"endpoint.busy", "The other side throttles us; see max_concurrency of the connector, and the throttling policy there."},
	ErrorServiceDiscoveryFailed:        {"mailbox.no-server", "The other side cannot find a server for the mailbox; it is to be solved there."},
	ErrorTimeIntervalTooBig:            {"question.window-too-long", "The caller must ask for at most 62 days; if it does, set maximum_query_interval_days of the connector to what the other side allows."},
	ErrorTimeZone:                      {"question.time-zone", "The caller must send its time zone, in the request or as TimeZoneContext."},
	ErrorTimeoutExpired:                {"answer.too-late", "The other side is slow or does not answer; see the admin page, and timeouts and max_concurrency in the configuration."},
	ErrorTokenSerializationDenied:      {"question.identity-not-allowed", "Add the server that asks to clients.token_serialization, if it may speak for others."},
}

// Cause is why a code is given, or "" for a code that only other servers give.
func (c Code) Cause() Cause { return ofCodes[c].cause }

// Remedy is what whoever runs us can do about a code, as one or two sentences
// for a log or a page, or "" for a code that only other servers give.
func (c Code) Remedy() string { return ofCodes[c].remedy }
