// Asks an EWS endpoint for free/busy with the SOAP stack of .NET, as old
// Exchange servers do, and prints what that stack understood as JSON. The enums
// are those of Exchange 2010: a word that they lack spoils the whole answer.
//
// usage: dotnet_freebusy.exe URL USER PASSWORD ZONE START END ADDRESS...
// PASSWORD is the name of a file. START and END are on the wall clock of ZONE, as
// are the times that are printed. ZONE is "tz name|Windows id|bias|switch to
// standard time|switch to daylight time", a switch is "bias month order weekday
// time". The server's certificate is not checked: this stack reads no CA file.
using System;
using System.Collections.Generic;
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
    public string Time;
    public short DayOrder;
    public short Month;
    public DayOfWeek DayOfWeek;
}

[XmlType(Namespace = Names.Types)]
public class Zone
{
    public int Bias;
    public TransitionTime StandardTime;
    public TransitionTime DaylightTime;
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
public class WorkingPeriod { public string DayOfWeek; public int StartTimeInMinutes; public int EndTimeInMinutes; }

[XmlType(Namespace = Names.Types)]
public class WorkingHours { public Zone TimeZone; public WorkingPeriod[] WorkingPeriodArray; }

[XmlType(Namespace = Names.Types)]
public class FreeBusyView
{
    public ViewType FreeBusyViewType;
    public string MergedFreeBusy;
    public CalendarEvent[] CalendarEventArray;
    public WorkingHours WorkingHours;
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
        var b = new StringBuilder("\"");
        foreach (char c in s ?? "")
            if (c == '"' || c == '\\' || c < 32 || c > 126) b.AppendFormat("\\u{0:x4}", (int)c);
            else b.Append(c);
        return b.Append('"').ToString();
    }

    // Record writes names and values, which are JSON already, as an object.
    static string Record(params string[] members)
    {
        return "{" + string.Join(",", members.Where((m, i) => i % 2 == 0).Select((m, i) => Quote(m) + ":" + members[2 * i + 1]).ToArray()) + "}";
    }

    static string List(IEnumerable<string> values) { return "[" + string.Join(",", values.ToArray()) + "]"; }

    static string Flag(bool b) { return b ? "true" : "false"; }

    static string Wall(DateTime t) { return Quote(t.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + "Z"); }

    static DateTime Moment(string s) { return DateTime.SpecifyKind(DateTime.Parse(s, CultureInfo.InvariantCulture), DateTimeKind.Unspecified); }

    static TransitionTime Switch(string text)
    {
        var parts = text.Split(' ');
        return new TransitionTime
        {
            Bias = int.Parse(parts[0]), Month = short.Parse(parts[1]), DayOrder = short.Parse(parts[2]),
            DayOfWeek = Day(parts[3]), Time = parts[4],
        };
    }

    static Zone ZoneOf(string text)
    {
        var parts = text.Split('|');
        return new Zone { Bias = int.Parse(parts[2]), StandardTime = Switch(parts[3]), DaylightTime = Switch(parts[4]) };
    }

    static DayOfWeek Day(string name) { return (DayOfWeek)Enum.Parse(typeof(DayOfWeek), name); }

    static string Event(CalendarEvent e)
    {
        var d = e.CalendarEventDetails;
        var known = new List<string> { "start", Wall(e.StartTime), "end", Wall(e.EndTime), "busyType", Quote(e.BusyType.ToString()) };
        if (d != null)
            known.AddRange(new[] {
                "detailed", "true", "subject", Quote(d.Subject), "location", Quote(d.Location), "isMeeting", Flag(d.IsMeeting),
                "isRecurring", Flag(d.IsRecurring), "isException", Flag(d.IsException), "isReminderSet", Flag(d.IsReminderSet), "isPrivate", Flag(d.IsPrivate),
            });
        return Record(known.ToArray());
    }

    static string Switch(TransitionTime t)
    {
        return Record("bias", t.Bias.ToString(), "month", t.Month.ToString(), "dayOrder", t.DayOrder.ToString(),
            "dayOfWeek", ((int)t.DayOfWeek).ToString(), "time", Quote(t.Time));
    }

    static string Hours(WorkingHours h)
    {
        if (h == null) return "null";
        return Record(
            "zone", Record("bias", h.TimeZone.Bias.ToString(), "standardTime", Switch(h.TimeZone.StandardTime), "daylightTime", Switch(h.TimeZone.DaylightTime)),
            "periods", List(h.WorkingPeriodArray.Select(p => Record(
                "daysOfWeek", List(p.DayOfWeek.Split(' ').Select(d => ((int)Day(d)).ToString())),
                "startTimeInMinutes", p.StartTimeInMinutes.ToString(), "endTimeInMinutes", p.EndTimeInMinutes.ToString()))));
    }

    static string Mailbox(string address, FreeBusyResponse r)
    {
        var code = r.ResponseMessage.ResponseCode;
        if (r.ResponseMessage.ResponseClass == ResponseClass.Error) return Record("address", Quote(address), "code", Quote(code));
        var v = r.FreeBusyView;
        return Record("address", Quote(address), "code", Quote(code), "view", Quote(v.FreeBusyViewType.ToString()), "merged", Quote(v.MergedFreeBusy),
            "entries", List((v.CalendarEventArray ?? new CalendarEvent[0]).Select(Event)), "hours", Hours(v.WorkingHours));
    }

    // Mono logs on by version 1 of NTLM until it is told otherwise, as nothing of Microsoft's has since 2006.
    static void LogOnByNTLMVersion2()
    {
        var settings = Type.GetType("Mono.Security.Protocol.Ntlm.NtlmSettings, Mono.Security, Version=4.0.0.0, Culture=neutral, PublicKeyToken=0738eb9f132ed756");
        if (settings == null) return;
        var level = settings.GetProperty("DefaultAuthLevel");
        level.SetValue(null, Enum.Parse(level.PropertyType, "NTLMv2_only"), null);
    }

    public static void Main(string[] args)
    {
        LogOnByNTLMVersion2();
        ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
        var addresses = args.Skip(6).ToArray();
        var binding = new ExchangeServiceBinding
        {
            Url = args[0], UserAgent = "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003",
            Credentials = new NetworkCredential(args[1], File.ReadAllText(args[2]).Trim()),
        };
        string fault = "", mailboxes = "[]";
        try
        {
            var answer = binding.GetUserAvailability(new GetUserAvailabilityRequest
            {
                TimeZone = ZoneOf(args[3]),
                MailboxDataArray = addresses.Select(a => new MailboxData { Email = new EmailAddress { Address = a } }).ToArray(),
                FreeBusyViewOptions = new ViewOptions
                {
                    TimeWindow = new Window { StartTime = Moment(args[4]), EndTime = Moment(args[5]) },
                    MergedFreeBusyIntervalInMinutes = 30, RequestedView = "DetailedMerged",
                },
            });
            mailboxes = List(addresses.Select((a, i) => Mailbox(a, answer.FreeBusyResponseArray[i])));
        }
        catch (Exception e) { fault = e.GetType().Name + ": " + e.Message; }
        Console.Write(Record("fault", Quote(fault), "mailboxes", mailboxes));
    }
}
