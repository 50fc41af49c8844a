// Asks an EWS endpoint when people can meet with ews-javascript-api, a port of
// the EWS Managed API, and prints what that library understood as JSON.
// NODE_EXTRA_CA_CERTS names the CA to trust.
//
// usage: node ewsjs_suggestions.js URL USER PASSWORD START END MINUTES ATTENDEE...
// PASSWORD is the name of a file. START and END are midnights, in UTC. ATTENDEE is
// "address|Organizer, Required, Optional or Room|whether to exclude conflicts".
'use strict';
process.env.TZ = 'UTC';
const fs = require('fs');
const {
  AttendeeInfo, AvailabilityData, AvailabilityOptions, DateTime, EwsLogging, ExchangeService, ExchangeVersion,
  LegacyFreeBusyStatus, MeetingAttendeeType, SuggestionQuality, TimeWindow, TimeZoneInfo, Uri, WebCredentials,
} = require('ews-javascript-api');

EwsLogging.DebugLogEnabled = false;
console.log = () => {}; // the library complains there about itself
const [url, user, passwordFile, start, end, minutes, ...attendees] = process.argv.slice(2);
const service = new ExchangeService(ExchangeVersion.Exchange2013, TimeZoneInfo.Utc);
service.Credentials = new WebCredentials(user, fs.readFileSync(passwordFile, 'utf8').trim());
service.Url = new Uri(url);

const window = new TimeWindow(new DateTime(start), new DateTime(end));
const options = new AvailabilityOptions();
options.MeetingDuration = Number(minutes);
options.MaximumSuggestionsPerDay = 48;
options.MaximumNonWorkHoursSuggestionsPerDay = 48;
options.MinimumSuggestionQuality = SuggestionQuality.Poor;
options.DetailedSuggestionsWindow = window;

const attendee = (text) => {
  const [address, kind, exclude] = text.split('|');
  return new AttendeeInfo(address, MeetingAttendeeType[kind], exclude === 'true');
};
const suggestion = (s) => ({
  start: s.MeetingTime.Format('YYYY-MM-DDTHH:mm:ss'), workTime: s.IsWorkTime, quality: SuggestionQuality[s.Quality],
  conflicts: s.Conflicts.map((c) => LegacyFreeBusyStatus[c.FreeBusyStatus]),
});

const out = { fault: '', suggestions: [] };
service.GetUserAvailability(attendees.map(attendee), window, AvailabilityData.FreeBusyAndSuggestions, options)
  .then((r) => { out.suggestions = r.Suggestions.flatMap((day) => day.TimeSuggestions.map(suggestion)); })
  .catch((e) => { out.fault = String(e && (e.message || e.Message || e)); })
  .then(() => process.stdout.write(JSON.stringify(out)));
