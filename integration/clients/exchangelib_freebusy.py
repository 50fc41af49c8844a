"""Asks an EWS endpoint for free/busy with exchangelib and prints what that
library understood as JSON. REQUESTS_CA_BUNDLE names the CA to trust.

usage: exchangelib_freebusy.py URL USER PASSWORD ZONE START END ADDRESS...
A USER with a domain in front of it logs on by NTLM, one with a realm behind it
by Kerberos with the tickets in the environment, others by Basic. PASSWORD is the
name of a file. START and END are on the wall clock of ZONE, as are the times
that are printed. ZONE is "tz name|Windows id|bias|switch to
standard time|switch to daylight time", a switch is "bias month order weekday
time".
"""
import ctypes
import ctypes.util
import datetime
import json
import sys

from exchangelib import BASIC, NTLM, Build, Configuration, Credentials, EWSDateTime, EWSTimeZone, Version
from exchangelib.protocol import FailFast, Protocol
from exchangelib.properties import DaylightTime, Email, FreeBusyViewOptions, MailboxData, StandardTime, TimeWindow, TimeZone
from exchangelib.services import GetUserAvailability
from exchangelib.transport import AUTH_TYPE_MAP, GSSAPI

url, user, password_file, zone, start, end, *addresses = sys.argv[1:]
name, _, bias, standard, daylight = zone.split("|")
with open(password_file, encoding="utf-8") as f:
    password = f.read().strip()


def moment(text):
    return EWSDateTime.from_datetime(datetime.datetime.fromisoformat(text).replace(tzinfo=EWSTimeZone(name)))


def wall(value):
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def switch(kind, text):
    bias, month, order, weekday, time = text.split(" ")
    # The library knows no month 0: it writes zones that never switch like this.
    return kind(bias=int(bias), time=datetime.time.fromisoformat(time), occurrence=int(order) or 1, iso_month=int(month) or 1, weekday=weekday)


def entry(e):
    told = {"start": wall(e.start), "end": wall(e.end), "busyType": e.busy_type, "detailed": e.details is not None}
    if e.details is not None:
        d = e.details
        told |= {
            "subject": d.subject or "", "location": d.location or "", "isMeeting": d.is_meeting, "isRecurring": d.is_recurring,
            "isException": d.is_exception, "isReminderSet": d.is_reminder_set, "isPrivate": d.is_private,
        }
    return told


def minutes(t):
    return 60 * t.hour + t.minute


def transition(t):
    # Its weekdays run from Monday, 1, to Sunday, 7.
    return {"bias": t.bias, "month": t.iso_month, "dayOrder": t.occurrence, "dayOfWeek": t.weekday % 7, "time": str(t.time)}


def hours(v):
    if not v.working_hours:
        return None
    z = v.working_hours_timezone
    return {
        "zone": {"bias": z.bias, "standardTime": transition(z.standard_time), "daylightTime": transition(z.daylight_time)},
        "periods": [
            {"daysOfWeek": [day % 7 for day in p.weekdays], "startTimeInMinutes": minutes(p.start), "endTimeInMinutes": minutes(p.end)}
            for p in v.working_hours
        ],
    }


def mailbox(address, v):
    if isinstance(v, Exception):
        return {"address": address, "code": type(v).__name__}
    return {
        "address": address, "code": "NoError", "view": v.view_type, "merged": v.merged,
        "entries": [entry(e) for e in v.calendar_events or []], "hours": hours(v),
    }


def log_on(user):
    if "@" in user:
        from requests_kerberos import HTTPKerberosAuth, REQUIRED
        # Debian has no requests_gssapi, which the library would take.
        AUTH_TYPE_MAP[GSSAPI] = lambda **_: HTTPKerberosAuth(mutual_authentication=REQUIRED)
        return GSSAPI
    if "\\" not in user:
        return BASIC
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for provider in (b"legacy", b"default"):  # OpenSSL has put MD4 aside
        crypto.OSSL_PROVIDER_load(None, provider)
    return NTLM


out = {"fault": "", "mailboxes": []}
try:
    protocol = Protocol(config=Configuration(
        service_endpoint=url, credentials=Credentials(user, password), auth_type=log_on(user),
        version=Version(build=Build(15, 0, 847, 32)), retry_policy=FailFast()))
    answers = GetUserAvailability(protocol).call(
        mailbox_data=[MailboxData(email=Email(email_address=a), attendee_type="Required", exclude_conflicts=False) for a in addresses],
        timezone=TimeZone(bias=int(bias), standard_time=switch(StandardTime, standard), daylight_time=switch(DaylightTime, daylight)),
        free_busy_view_options=FreeBusyViewOptions(
            time_window=TimeWindow(start=moment(start), end=moment(end)),
            merged_free_busy_interval=30, requested_view="DetailedMerged"))
    out["mailboxes"] = [mailbox(a, v) for a, v in zip(addresses, answers)]
except Exception as e:  # whatever the library makes of the answer is the finding
    out["fault"] = type(e).__name__ + ": " + str(e)
json.dump(out, sys.stdout)
