"""Asks an EWS endpoint for free/busy with the library of evolution-ews, and
prints what it made of the answer as JSON. The library sees no private CA, so
URL is http.

usage: evolution_freebusy.py URL USER PASSWORD ZONE START END ADDRESS...
PASSWORD is the name of a file. ZONE must be UTC, since the library asks in no
other; START, END and the times that are printed are in it.
"""
import ctypes
import datetime
import json
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_size_t, c_uint32, c_void_p

url, user, password_file, zone, start, end, *addresses = sys.argv[1:]
with open(password_file, encoding="utf-8") as f:
    password = f.read().strip()

library = ctypes.CDLL("/usr/lib/evolution-ews/libevolution-ews.so", mode=ctypes.RTLD_GLOBAL)
camel = ctypes.CDLL("libcamel-1.2.so.64")
server = ctypes.CDLL("libedataserver-1.2.so.27")
ical = ctypes.CDLL("libical-glib.so.3")
gobject = ctypes.CDLL("libgobject-2.0.so.0")
glib = ctypes.CDLL("libglib-2.0.so.0")


class List(Structure):
    pass


List._fields_ = [("data", c_void_p), ("next", POINTER(List))]


class Error(Structure):
    _fields_ = [("domain", c_uint32), ("code", c_int), ("message", c_char_p)]


class FreeBusyData(Structure):
    _fields_ = [("period_start", c_long), ("period_end", c_long), ("user_mails", POINTER(List))]


def function(where, name, result, *arguments):
    f = getattr(where, name)
    f.restype, f.argtypes = result, arguments
    return f


append = function(glib, "g_slist_append", POINTER(List), POINTER(List), c_char_p)
settings_type = function(library, "camel_ews_settings_get_type", c_size_t)
new_object = function(gobject, "g_object_new", c_void_p, c_size_t, c_void_p)
set_user = function(camel, "camel_network_settings_set_user", None, c_void_p, c_char_p)
set_mechanism = function(camel, "camel_network_settings_set_auth_mechanism", None, c_void_p, c_char_p)
connect = function(library, "e_ews_connection_new_full", c_void_p, c_void_p, c_char_p, c_void_p, c_int)
new_parameters = function(server, "e_named_parameters_new", c_void_p)
set_parameter = function(server, "e_named_parameters_set", None, c_void_p, c_char_p, c_char_p)
set_credentials = function(library, "e_ews_connection_update_credentials", None, c_void_p, c_void_p)
free_busy = function(
    library, "e_ews_connection_get_free_busy_sync", c_int,
    c_void_p, c_int, c_void_p, POINTER(FreeBusyData), POINTER(POINTER(List)), c_void_p, POINTER(POINTER(Error)))
first_property = function(ical, "i_cal_component_get_first_property", c_void_p, c_void_p, c_int)
next_property = function(ical, "i_cal_component_get_next_property", c_void_p, c_void_p, c_int)
kind_from_string = function(ical, "i_cal_property_kind_from_string", c_int, c_char_p)
period_of = function(ical, "i_cal_property_get_freebusy", c_void_p, c_void_p)
start_of = function(ical, "i_cal_period_get_start", c_void_p, c_void_p)
end_of = function(ical, "i_cal_period_get_end", c_void_p, c_void_p)
unix_time = function(ical, "i_cal_time_as_timet", c_long, c_void_p)
parameter = function(ical, "i_cal_property_get_parameter_as_string", c_char_p, c_void_p, c_char_p)

BUSY_TYPES = {"FREE": "Free", "BUSY-TENTATIVE": "Tentative", "BUSY": "Busy", "BUSY-UNAVAILABLE": "OOF"}


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp())


def stamp(time):
    return datetime.datetime.fromtimestamp(unix_time(time), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def word(value):
    return value.decode("utf-8") if value is not None else ""


def entries(component):
    kind = kind_from_string(b"FREEBUSY")
    p = first_property(component, kind)
    while p:
        period, busy = period_of(p), word(parameter(p, b"FBTYPE"))
        yield {
            "start": stamp(start_of(period)), "end": stamp(end_of(period)), "busyType": BUSY_TYPES.get(busy, busy),
            "subject": word(parameter(p, b"X-SUMMARY")), "location": word(parameter(p, b"X-LOCATION")),
        }
        p = next_property(component, kind)


def ask():
    settings = new_object(settings_type(), None)
    set_user(settings, user.encode())
    set_mechanism(settings, b"PLAIN")
    connection = connect(None, url.encode(), settings, 0)
    credentials = new_parameters()
    set_parameter(credentials, b"username", user.encode())
    set_parameter(credentials, b"password", password.encode())
    set_credentials(connection, credentials)
    asked = FreeBusyData(seconds(start), seconds(end), None)
    texts = [address.encode() for address in addresses]  # the list holds only pointers into them
    for text in texts:
        asked.user_mails = append(asked.user_mails, text)
    found, error = POINTER(List)(), POINTER(Error)()
    prepare = ctypes.cast(library.e_ews_cal_utils_prepare_free_busy_request, c_void_p)
    if not free_busy(connection, 0, prepare, byref(asked), byref(found), None, byref(error)):
        raise RuntimeError(word(error.contents.message))
    while found:
        yield list(entries(found.contents.data))
        found = found.contents.next


out = {"fault": "", "mailboxes": []}
try:
    out["mailboxes"] = [{"address": a, "code": "NoError", "entries": e} for a, e in zip(addresses, ask())]
except RuntimeError as e:
    out["fault"] = str(e)
json.dump(out, sys.stdout)
