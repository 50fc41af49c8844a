// Asks an EWS endpoint for free/busy with the SOAP stack of .NET, as old
// Exchange servers do, and prints what that stack understood as JSON. The enums
// are those of Exchange 2010: a word that they lack spoils the whole answer.
//
// usage: dotnet_freebusy.exe URL USER PASSWORD START END ADDRESS...
// START and END are UTC, without an offset; PASSWORD is the name of a file. The
// server's certificate is not checked: this stack reads no CA file.
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Web.Services;
using System.Web.Services.Description;
using System.Web.Services.Protocols;
using System.Xml;
using System.Xml.Serialization;

public static class Names
{
    public const string Messages = "http://schemas.microsoft.com/exchange/services/2006/messages";
    public const string Types = "http://schemas.microsoft.com/exchange/services/2006/types";
}

[XmlType(Namespace = Names.Types)]
public class TransitionTime
{
    public int Bias;
    public string Time = "00:00:00";
    public short DayOrder;
    public short Month;
    public string DayOfWeek = "Sunday";
}

[XmlType(Namespace = Names.Types)]
public class Zone
{
    public int Bias;
    public TransitionTime StandardTime = new TransitionTime();
    public TransitionTime DaylightTime = new TransitionTime();
}

[XmlType(Namespace = Names.Types)]
public class EmailAddress { public string Name; public string Address; public string RoutingType; }

[XmlType(Namespace = Names.Types)]
public class MailboxData { public EmailAddress Email; public string AttendeeType = "Required"; public bool ExcludeConflicts; }

[XmlType(Namespace = Names.Types)]
public class Window { public DateTime StartTime; public DateTime EndTime; }

[XmlType(Namespace = Names.Types)]
public class ViewOptions { public Window TimeWindow; public int MergedFreeBusyIntervalInMinutes; public string RequestedView; }

[XmlType(Namespace = Names.Messages)]
public class GetUserAvailabilityRequest
{
    [XmlElement(Namespace = Names.Types)] public Zone TimeZone;
    [XmlArrayItem("MailboxData", Namespace = Names.Types)] public MailboxData[] MailboxDataArray;
    [XmlElement(Namespace = Names.Types)] public ViewOptions FreeBusyViewOptions;
}

public enum ResponseClass { Success, Warning, Error }

[XmlType(Namespace = Names.Types)]
public enum BusyType { Free, Tentative, Busy, OOF, NoData }

[XmlType(Namespace = Names.Types)]
public enum ViewType { None, MergedOnly, FreeBusy, FreeBusyMerged, Detailed, DetailedMerged }

[XmlType(Namespace = Names.Messages)]
public class ResponseMessage
{
    [XmlAttribute] public ResponseClass ResponseClass;
    public string MessageText;
    public string ResponseCode;
    public int DescriptiveLinkKey;
    public XmlElement MessageXml;
}

[XmlType(Namespace = Names.Types)]
public class EventDetails { public string ID; public string Subject; public string Location; public bool IsMeeting; public bool IsRecurring; public bool IsException; public bool IsReminderSet; public bool IsPrivate; }

[XmlType(Namespace = Names.Types)]
public class CalendarEvent { public DateTime StartTime; public DateTime EndTime; public BusyType BusyType; public EventDetails CalendarEventDetails; }

[XmlType(Namespace = Names.Types)]
public class FreeBusyView
{
    public ViewType FreeBusyViewType;
    public string MergedFreeBusy;
    public CalendarEvent[] CalendarEventArray;
}

[XmlType(Namespace = Names.Messages)]
public class FreeBusyResponse { public ResponseMessage ResponseMessage; public FreeBusyView FreeBusyView; }

[XmlType(Namespace = Names.Messages)]
public class GetUserAvailabilityResponse { public FreeBusyResponse[] FreeBusyResponseArray; }

[WebServiceBinding(Name = "ExchangeServiceBinding", Namespace = Names.Messages)]
public class ExchangeServiceBinding : SoapHttpClientProtocol
{
    [SoapDocumentMethod(Names.Messages + "/GetUserAvailability", Use = SoapBindingUse.Literal, ParameterStyle = SoapParameterStyle.Bare)]
    [return: XmlElement("GetUserAvailabilityResponse", Namespace = Names.Messages)]
    public GetUserAvailabilityResponse GetUserAvailability(
        [XmlElement("GetUserAvailabilityRequest", Namespace = Names.Messages)] GetUserAvailabilityRequest request)
    {
        return (GetUserAvailabilityResponse)Invoke("GetUserAvailability", new object[] { request })[0];
    }
}

public static class Program
{
    static string Quote(string s)
    {
        if (s == null) return "null";
        var b = new StringBuilder("\"");
        foreach (char c in s)
            if (c == '"' || c == '\\' || c < 32 || c > 126) b.AppendFormat("\\u{0:x4}", (int)c);
            else b.Append(c);
        return b.Append('"').ToString();
    }

    static string Stamp(DateTime t) { return t.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + "Z"; }

    static DateTime Moment(string s) { return DateTime.SpecifyKind(DateTime.Parse(s, CultureInfo.InvariantCulture), DateTimeKind.Unspecified); }

    static string Event(CalendarEvent e)
    {
        var d = e.CalendarEventDetails;
        return string.Format("{{\"start\":{0},\"end\":{1},\"busy\":{2},\"subject\":{3}}}",
            Quote(Stamp(e.StartTime)), Quote(Stamp(e.EndTime)), Quote(e.BusyType.ToString()), Quote(d == null ? null : d.Subject));
    }

    static string Mailbox(string address, FreeBusyResponse r)
    {
        if (r.ResponseMessage.ResponseClass == ResponseClass.Error)
            return string.Format("{{\"address\":{0},\"error\":{1}}}", Quote(address), Quote(r.ResponseMessage.ResponseCode));
        var v = r.FreeBusyView;
        return string.Format("{{\"address\":{0},\"view\":{1},\"merged\":{2},\"events\":[{3}]}}", Quote(address),
            Quote(v.FreeBusyViewType.ToString()), Quote(v.MergedFreeBusy),
            string.Join(",", (v.CalendarEventArray ?? new CalendarEvent[0]).Select(Event).ToArray()));
    }

    public static void Main(string[] args)
    {
        ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
        var addresses = args.Skip(5).ToArray();
        var binding = new ExchangeServiceBinding
        {
            Url = args[0], UserAgent = "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003",
            Credentials = new NetworkCredential(args[1], File.ReadAllText(args[2]).Trim()),
        };
        string fault = "null", mailboxes = "";
        try
        {
            var answer = binding.GetUserAvailability(new GetUserAvailabilityRequest
            {
                TimeZone = new Zone(),
                MailboxDataArray = addresses.Select(a => new MailboxData { Email = new EmailAddress { Address = a } }).ToArray(),
                FreeBusyViewOptions = new ViewOptions
                {
                    TimeWindow = new Window { StartTime = Moment(args[3]), EndTime = Moment(args[4]) },
                    MergedFreeBusyIntervalInMinutes = 30, RequestedView = "DetailedMerged",
                },
            });
            mailboxes = string.Join(",", addresses.Select((a, i) => Mailbox(a, answer.FreeBusyResponseArray[i])).ToArray());
        }
        catch (Exception e) { fault = Quote(e.GetType().Name + ": " + e.Message); }
        Console.Write("{{\"client\":\"dotnet\",\"fault\":{0},\"mailboxes\":[{1}]}}", fault, mailboxes);
    }
}
