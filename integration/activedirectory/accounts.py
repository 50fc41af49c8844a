"""Fills a new Samba domain: accounts, a group, keytabs. Prints the SID of the
group.

usage: accounts.py SMB-CONF DIR HOST NAME:PASSWORD...
NAME is a computer account; the first one is in the group "Exchange Servers".
Each keytab is in DIR, called after its account; http.keytab is that of HTTP/HOST.
"""
import sys

import ldb
import samba.dckeytab  # gives Net its export_keytab
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.dsdb import GTYPE_SECURITY_UNIVERSAL_GROUP
from samba.ndr import ndr_unpack
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

AES_AND_RC4 = "28"

conf, dir, host, *accounts = sys.argv[1:]
lp = LoadParm()
lp.load(conf)
credentials = Credentials()
credentials.guess(lp)
db = SamDB(session_info=system_session(), credentials=credentials, lp=lp)
root = str(db.domain_dn())
keys = Net(None, lp)


def computer(name, password):
    db.newcomputer(name.rstrip("$"))
    db.setpassword("(sAMAccountName=%s)" % name, password, username=name)


db.create_ou("OU=Microsoft Exchange Security Groups," + root)
db.newgroup("Exchange Servers", groupou="OU=Microsoft Exchange Security Groups", grouptype=GTYPE_SECURITY_UNIVERSAL_GROUP)
for name, password in (a.split(":") for a in accounts):
    computer(name, password)
    keys.export_keytab(keytab="%s/%s.keytab" % (dir, name), principal=name)
db.add_remove_group_members("Exchange Servers", [accounts[0].split(":")[0]])

computer("availproxy$", "Availproxy.Passw0rd")
carrier = ldb.Message(ldb.Dn(db, "CN=availproxy,CN=Computers," + root))
for attribute, value in (("servicePrincipalName", "HTTP/" + host), ("msDS-SupportedEncryptionTypes", AES_AND_RC4)):
    carrier[attribute] = ldb.MessageElement([value], ldb.FLAG_MOD_REPLACE, attribute)
db.modify(carrier)
db.setpassword("(sAMAccountName=availproxy$)", "Availproxy.Passw0rd2", username="availproxy$")
keys.export_keytab(keytab=dir + "/http.keytab", principal="HTTP/" + host)

group = db.search(root, expression="(sAMAccountName=Exchange Servers)", attrs=["objectSid"])
print(ndr_unpack(security.dom_sid, group[0]["objectSid"][0]))
