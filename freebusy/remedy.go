package freebusy

// remedies say, for each code that we give ourselves, what whoever runs us can
// do about it. They go into the log and never to a caller, who reads the words
// of Exchange.
var remedies = map[Code]string{
	ErrorAccessDenied:                  "The other side does not let our application see the mailbox; see what it may do there.",
	ErrorAddressSpaceNotFound:          "Add the domain to target_address_domains of a connector, or correct the external address of the contact or mail user.",
	ErrorAutoDiscoverFailed:            "Run `availproxy check --mailbox` with an address of that domain; a target_sharing_epr in the connector does without autodiscover.",
	ErrorFreeBusyDLLimitReached:        "The address is that of a group with too many members; ask about them one by one.",
	ErrorFreeBusyGenerationFailed:      "The other side sent what cannot be used; look at the cause, and at that calendar on the other side.",
	ErrorIncorrectSchemaVersion:        "The caller asks for more than the schema has that it names in RequestServerVersion; update the caller.",
	ErrorInternalServerError:           "This is a fault of this program; look at the cause and report it.",
	ErrorInvalidCrossForestCredentials: "Correct the credentials of the connector.",
	ErrorInvalidFederatedOrganization:  "The federation trust of the other side is not set up; it is to be solved there.",
	ErrorInvalidFreeBusyViewType:       "The caller must ask for a view other than None.",
	ErrorInvalidMergedInterval:         "The caller must ask for slots of 5 to 1440 minutes, not longer than its window.",
	ErrorInvalidOrgRelationship:        "Free/busy is switched off in the organization relationship of the other side; see FreeBusyAccessEnabled there.",
	ErrorInvalidRequest:                "The caller sent no question that we answer; see that its URL is meant for free/busy times.",
	ErrorInvalidSerializedAccessToken:  "The server that asks sent an identity that cannot be read; take it out of clients.token_serialization if it should send none.",
	ErrorInvalidServerVersion:          "The caller must name a published RequestServerVersion, such as Exchange2013_SP1, or none.",
	ErrorInvalidSmtpAddress:            "Correct the external address of the contact or mail user in the asking organisation.",
	ErrorInvalidTimeInterval:           "The caller must ask for a window that ends after it starts.",
	ErrorMailRecipientNotFound:         "See that the external address of the contact or mail user is one of a mailbox on the other side.",
	ErrorMailboxDataArrayEmpty:         "The caller must name at least one mailbox.",
	ErrorMailboxDataArrayTooBig:        "The caller must ask about at most 100 mailboxes at a time.",
	ErrorMailboxMoveInProgress:         "Wait until the mailbox has been moved.",
	ErrorMeetingSuggestionFailed:       "Look at the answers for the attendees; suggestions need at least one calendar.",
	ErrorMissingArgument:               "The caller left out what it must send; see the text for what.",
	ErrorNoFreeBusyAccess:              "See access_level and clients of the connector, and the Default permission of the calendar on the other side.",
	ErrorNonExistentMailbox:            "See that the account on the other side has a mailbox.",
	ErrorNotAllowedExternalSharing:     "A sharing policy of the other side forbids it; it is to be solved there.",
	ErrorOrganizationNotFederated:      "The other side wants federation for this mailbox; see how it shares calendars with your organisation.",
	ErrorProxyGroupSidLimitExceeded:    "The person who asks is in too many groups for the server that asks to pass on.",
	ErrorProxyRequestNotAllowed:        "The other side takes the question for one of its own servers; see user_agent of the connector and EwsAllowList there.",
	ErrorProxyRequestProcessingFailed:  "Run `availproxy check` for the connector: it tries name, connection, certificate and token one after the other.",
	ErrorRequestStreamTooBig:           "The caller must keep its request below 400 KB.",
	ErrorResultSetTooBig:               "The calendar has more than 1000 entries in the window; the caller must ask for fewer days.",
	ErrorSchemaValidation:              "The caller sent what the schema does not allow; see the text for where.",
	ErrorServerBusy:                    "The other side throttles us; see max_concurrency of the connector, and the throttling policy there.",
	ErrorServiceDiscoveryFailed:        "The other side cannot find a server for the mailbox; it is to be solved there.",
	ErrorTimeIntervalTooBig:            "The caller must ask for at most 62 days; if it does, set maximum_query_interval_days of the connector to what the other side allows.",
	ErrorTimeZone:                      "The caller must send its time zone, in the request or as TimeZoneContext.",
	ErrorTimeoutExpired:                "The other side is slow or does not answer; see the admin page, and timeouts and max_concurrency in the configuration.",
	ErrorTokenSerializationDenied:      "Add the server that asks to clients.token_serialization, if it may speak for others.",
}

// Remedy is what whoever runs us can do about a code, as one or two sentences
// for a log or a page, or "" for a code that only other servers give.
func (c Code) Remedy() string { return remedies[c] }
