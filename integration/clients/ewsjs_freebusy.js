// Asks an EWS endpoint for free/busy with ews-javascript-api, a port of the EWS
// Managed API, and prints what that library understood as JSON.
// NODE_EXTRA_CA_CERTS names the CA to trust.
//
// usage: node ewsjs_freebusy.js URL USER PASSWORD ZONE START END ADDRESS...
// PASSWORD is the name of a file. START and END are on the wall clock of ZONE, as
// are the times that are printed. ZONE is "tz name|Windows id|..."; the library
// sends the Windows id and leaves the rules to the server.
'use strict';
const fs = require('fs');
const {
  AttendeeInfo, AvailabilityData, AvailabilityOptions, DateTime, EwsLogging, ExchangeService, ExchangeVersion,
  FreeBusyViewType, LegacyFreeBusyStatus, ServiceError, ServiceResult, TimeWindow, TimeZoneInfo, Uri, WebCredentials,
} = require('ews-javascript-api');

EwsLogging.DebugLogEnabled = false;
const [url, user, passwordFile, zone, start, end, ...addresses] = process.argv.slice(2);
const [name, id] = zone.split('|');
process.env.TZ = name; // of the dates that have no zone of their own
const service = new ExchangeService(ExchangeVersion.Exchange2013, id === 'UTC' ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(id));
service.Credentials = new WebCredentials(user, fs.readFileSync(passwordFile, 'utf8').trim());
service.Url = new Uri(url);

const options = new AvailabilityOptions();
options.MergedFreeBusyInterval = 30;
options.RequestedFreeBusyView = FreeBusyViewType.DetailedMerged;

const wall = (t) => `${t.Format('YYYY-MM-DDTHH:mm:ss')}Z`;
const entry = (e) => {
  const told = { start: wall(e.StartTime), end: wall(e.EndTime), busyType: LegacyFreeBusyStatus[e.FreeBusyStatus], detailed: Boolean(e.Details) };
  if (e.Details) {
    Object.assign(told, {
      subject: e.Details.Subject || '', location: e.Details.Location || '', isMeeting: e.Details.IsMeeting, isRecurring: e.Details.IsRecurring,
      isException: e.Details.IsException, isReminderSet: e.Details.IsReminderSet, isPrivate: e.Details.IsPrivate,
    });
  }
  return told;
};
const clock = (t) => [t.Hours, t.Minutes, t.Seconds].map((n) => String(n).padStart(2, '0')).join(':');
const change = (c) => ({
  bias: c.Delta.TotalMinutes, month: c.Month, dayOrder: c.DayOrder, dayOfWeek: c.DayOfTheWeek, time: clock(c.TimeOfDay),
});
const zoneOf = (z) => ({ bias: z.bias.TotalMinutes, standardTime: change(z.standardTime), daylightTime: change(z.daylightTime) });
const hours = (h) => h && {
  zone: zoneOf(h.LegacyTimeZone), // which the library reads and keeps to itself
  periods: [{ daysOfWeek: h.DaysOfTheWeek, startTimeInMinutes: h.StartTime.TotalMinutes, endTimeInMinutes: h.EndTime.TotalMinutes }],
};
const mailbox = (address, a) => (a.Result === ServiceResult.Error
  ? { address, code: ServiceError[a.ErrorCode] }
  : {
    address,
    code: ServiceError[a.ErrorCode],
    view: FreeBusyViewType[a.ViewType],
    merged: a.MergedFreeBusyStatus.map((s) => Number(s)).join(''),
    entries: (a.CalendarEvents || []).map(entry),
    hours: hours(a.WorkingHours),
  });

const out = { fault: '', mailboxes: [] };
service.GetUserAvailability(
  addresses.map((a) => new AttendeeInfo(a)),
  new TimeWindow(new DateTime(start), new DateTime(end)), AvailabilityData.FreeBusy, options,
).then((r) => { out.mailboxes = addresses.map((a, i) => mailbox(a, r.AttendeesAvailability.Responses[i])); })
  .catch((e) => { out.fault = String(e && (e.message || e.Message || e)); })
  .then(() => process.stdout.write(JSON.stringify(out)));
