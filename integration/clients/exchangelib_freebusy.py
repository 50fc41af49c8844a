"""Asks an EWS endpoint for free/busy with exchangelib and prints what that
library understood as JSON. REQUESTS_CA_BUNDLE names the CA to trust.

usage: exchangelib_freebusy.py URL USER PASSWORD START END ADDRESS...
START and END are UTC, without an offset; PASSWORD is the name of a file.
"""
import datetime
import json
import sys

from exchangelib import BASIC, Build, Configuration, Credentials, EWSDateTime, Version
from exchangelib.protocol import BaseProtocol, FailFast, Protocol
from exchangelib.properties import DaylightTime, Email, MailboxData, StandardTime, TimeWindow, TimeZone, FreeBusyViewOptions
from exchangelib.services import GetUserAvailability

url, user, password_file, start, end, *addresses = sys.argv[1:]
with open(password_file, encoding="utf-8") as f:
    password = f.read().strip()


def moment(text):
    return EWSDateTime.from_datetime(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc))


def stamp(value):
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else None


def transition(kind):
    return kind(bias=0, time=datetime.time(0), occurrence=1, iso_month=1, weekday="Sunday")


def view(address, v):
    if isinstance(v, Exception):
        return {"address": address, "error": type(v).__name__}
    return {
        "address": address,
        "view": v.view_type,
        "merged": v.merged,
        "events": [
            {"start": stamp(e.start), "end": stamp(e.end), "busy": e.busy_type, "subject": e.details.subject if e.details else None}
            for e in v.calendar_events or []
        ],
    }


out = {"client": "exchangelib", "fault": None, "mailboxes": []}
try:
    protocol = Protocol(config=Configuration(
        service_endpoint=url, credentials=Credentials(user, password), auth_type=BASIC,
        version=Version(build=Build(15, 0, 847, 32)), retry_policy=FailFast()))
    answers = GetUserAvailability(protocol).call(
        mailbox_data=[MailboxData(email=Email(email_address=a), attendee_type="Required", exclude_conflicts=False) for a in addresses],
        timezone=TimeZone(bias=0, standard_time=transition(StandardTime), daylight_time=transition(DaylightTime)),
        free_busy_view_options=FreeBusyViewOptions(
            time_window=TimeWindow(start=moment(start), end=moment(end)),
            merged_free_busy_interval=30, requested_view="DetailedMerged"))
    out["mailboxes"] = [view(a, v) for a, v in zip(addresses, answers)]
except Exception as e:  # whatever the library makes of the answer is the finding
    out["fault"] = type(e).__name__ + ": " + str(e)
json.dump(out, sys.stdout)
