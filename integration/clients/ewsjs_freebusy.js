// Asks an EWS endpoint for free/busy with ews-javascript-api, a port of the EWS
// Managed API, and prints what that library understood as JSON.
// NODE_EXTRA_CA_CERTS names the CA to trust.
//
// usage: node ewsjs_freebusy.js URL USER PASSWORD START END ADDRESS...
// START and END are UTC, without an offset; PASSWORD is the name of a file.
'use strict';
const fs = require('fs');
const {
  AttendeeInfo, AvailabilityData, AvailabilityOptions, DateTime, EwsLogging, ExchangeService, ExchangeVersion,
  FreeBusyViewType, LegacyFreeBusyStatus, ServiceError, ServiceResult, TimeWindow, TimeZoneInfo, Uri, WebCredentials,
} = require('ews-javascript-api');

EwsLogging.DebugLogEnabled = false;
const [url, user, passwordFile, start, end, ...addresses] = process.argv.slice(2);
const service = new ExchangeService(ExchangeVersion.Exchange2013, TimeZoneInfo.Utc);
service.Credentials = new WebCredentials(user, fs.readFileSync(passwordFile, 'utf8').trim());
service.Url = new Uri(url);

const options = new AvailabilityOptions();
options.MergedFreeBusyInterval = 30;
options.RequestedFreeBusyView = FreeBusyViewType.DetailedMerged;

const stamp = (t) => new Date(t.TotalMilliSeconds).toISOString().replace('.000Z', 'Z');
const mailbox = (address, a) => (a.Result === ServiceResult.Error
  ? { address, error: ServiceError[a.ErrorCode] }
  : {
    address,
    view: FreeBusyViewType[a.ViewType],
    merged: a.MergedFreeBusyStatus.map((s) => Number(s)).join(''),
    events: (a.CalendarEvents || []).map((e) => ({
      start: stamp(e.StartTime), end: stamp(e.EndTime), busy: LegacyFreeBusyStatus[e.FreeBusyStatus],
      subject: e.Details ? e.Details.Subject || null : null,
    })),
  });

const out = { client: 'ews-javascript-api', fault: null, mailboxes: [] };
service.GetUserAvailability(
  addresses.map((a) => new AttendeeInfo(a)),
  new TimeWindow(new DateTime(start + 'Z'), new DateTime(end + 'Z')), AvailabilityData.FreeBusy, options,
).then((r) => { out.mailboxes = addresses.map((a, i) => mailbox(a, r.AttendeesAvailability.Responses[i])); })
  .catch((e) => { out.fault = String(e && (e.message || e.Message || e)); })
  .then(() => process.stdout.write(JSON.stringify(out)));
