// Asks an EWS endpoint for free/busy with node-ews, which makes its requests from
// a WSDL and reads answers by it, and prints what that library understood as
// JSON. NODE_EXTRA_CA_CERTS names the CA to trust.
//
// usage: node nodeews_freebusy.js SCHEMAS URL USER PASSWORD ZONE START END ADDRESS...
// SCHEMAS is a directory with messages.xsd, types.xsd and what they import, into which the library
// fetches services.wsdl from the endpoint. PASSWORD is the name of a file. START
// and END are on the wall clock of ZONE, as are the times that are printed. ZONE
// is "tz name|Windows id|bias|switch to standard time|switch to daylight time", a
// switch is "bias month order weekday time".
'use strict';
process.env.TZ = 'UTC'; // the library makes Dates of times without a zone
const fs = require('fs');
const EWS = require('node-ews');

const [schemas, url, user, passwordFile, zone, start, end, ...addresses] = process.argv.slice(2);
const password = fs.readFileSync(passwordFile, 'utf8').trim();
const ews = new EWS({ username: user, password, host: new URL(url).origin, auth: 'basic', temp: schemas });

const [, , bias, standard, daylight] = zone.split('|');
const change = (text) => {
  const [bias, month, order, weekday, time] = text.split(' ');
  return { Bias: bias, Time: time, DayOrder: order, Month: month, DayOfWeek: weekday };
};
const question = {
  TimeZone: { Bias: bias, StandardTime: change(standard), DaylightTime: change(daylight) },
  MailboxDataArray: { MailboxData: addresses.map((a) => ({ Email: { Address: a }, AttendeeType: 'Required', ExcludeConflicts: false })) },
  FreeBusyViewOptions: {
    TimeWindow: { StartTime: start, EndTime: end }, MergedFreeBusyIntervalInMinutes: 30, RequestedView: 'DetailedMerged',
  },
};

const list = (v) => (v === undefined || v === null ? [] : [].concat(v));
const isTrue = (v) => v === true || v === 'true';
const wall = (t) => t.toISOString().replace('.000Z', 'Z');
const entry = (e) => {
  const told = { start: wall(e.StartTime), end: wall(e.EndTime), busyType: e.BusyType, detailed: Boolean(e.CalendarEventDetails) };
  if (e.CalendarEventDetails) {
    const d = e.CalendarEventDetails;
    Object.assign(told, {
      subject: d.Subject || '', location: d.Location || '', isMeeting: isTrue(d.IsMeeting), isRecurring: isTrue(d.IsRecurring),
      isException: isTrue(d.IsException), isReminderSet: isTrue(d.IsReminderSet), isPrivate: isTrue(d.IsPrivate),
    });
  }
  return told;
};
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const changed = (c) => ({
  bias: Number(c.Bias), month: Number(c.Month), dayOrder: Number(c.DayOrder), dayOfWeek: days.indexOf(c.DayOfWeek), time: c.Time,
});
const hours = (h) => h && {
  zone: { bias: Number(h.TimeZone.Bias), standardTime: changed(h.TimeZone.StandardTime), daylightTime: changed(h.TimeZone.DaylightTime) },
  periods: list(h.WorkingPeriodArray.WorkingPeriod).map((p) => ({
    daysOfWeek: p.DayOfWeek.split(' ').map((d) => days.indexOf(d)),
    startTimeInMinutes: Number(p.StartTimeInMinutes), endTimeInMinutes: Number(p.EndTimeInMinutes),
  })),
};
const mailbox = (address, r) => {
  const code = r.ResponseMessage.ResponseCode;
  if (r.ResponseMessage.attributes.ResponseClass === 'Error') return { address, code };
  const view = r.FreeBusyView;
  return {
    address, code, view: view.FreeBusyViewType, merged: view.MergedFreeBusy,
    entries: list(view.CalendarEventArray && view.CalendarEventArray.CalendarEvent).map(entry), hours: hours(view.WorkingHours),
  };
};

const out = { fault: '', mailboxes: [] };
ews.run('GetUserAvailability', question, { 't:RequestServerVersion': { attributes: { Version: 'Exchange2010_SP2' } } })
  .then((answer) => {
    const responses = list(answer.FreeBusyResponseArray.FreeBusyResponse);
    out.mailboxes = addresses.map((a, i) => mailbox(a, responses[i]));
  })
  .catch((e) => { out.fault = String((e && e.message) || e); })
  .then(() => process.stdout.write(JSON.stringify(out)));
