// Asks autodiscover, as SOAP, where mailboxes are, with ews-javascript-api and a
// bearer token, and prints what that library understood as JSON.
// NODE_EXTRA_CA_CERTS names the CA to trust.
//
// usage: node ewsjs_autodiscover.js URL CONNECT-TO TOKEN ADDRESS...
// TOKEN is the name of a file. CONNECT-TO is where the host of URL is really
// served: "127.0.0.1:8443".
'use strict';
const fs = require('fs');
const tls = require('tls');
const {
  AutodiscoverErrorCode, AutodiscoverService, EwsLogging, ExchangeVersion, OAuthCredentials, Uri, UserSettingName,
} = require('ews-javascript-api');

EwsLogging.DebugLogEnabled = false;
const [url, connectTo, tokenFile, ...addresses] = process.argv.slice(2);
const { connect } = tls;
const [host, port] = connectTo.split(':');
tls.connect = (options, ...rest) => connect({ ...options, servername: options.servername || options.host, host, port }, ...rest);

const service = new AutodiscoverService(new Uri(url), ExchangeVersion.Exchange2013);
service.Credentials = new OAuthCredentials(fs.readFileSync(tokenFile, 'utf8').trim());

const names = ['ExternalEwsUrl', 'AutoDiscoverSMTPAddress', 'EwsSupportedSchemas'];
const user = (address, r) => {
  if (r.ErrorCode !== AutodiscoverErrorCode.NoError) {
    return { address, error: AutodiscoverErrorCode[r.ErrorCode], target: r.RedirectTarget || '' };
  }
  return { address, settings: Object.fromEntries(names.map((n) => [n, r.GetSettingValue(UserSettingName[n])])) };
};

const out = { fault: '', users: [] };
service.GetUsersSettings(addresses, ...names.map((n) => UserSettingName[n]))
  .then((r) => { out.users = addresses.map((a, i) => user(a, r.Responses[i])); })
  .catch((e) => { out.fault = String(e && (e.message || e.Message || e)); })
  .then(() => process.stdout.write(JSON.stringify(out)));
